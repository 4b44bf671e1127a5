package io.rapd.nif.teacher;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;
import java.util.List;

/** CLIP as the teacher (an ablation in the paper): patch tokens of the last hidden state. */
final class ClipTeacher extends FrozenTeacher {
  private static final List<Double> MEAN = List.of(0.48145466, 0.4578275, 0.40821073);
  private static final List<Double> STD = List.of(0.26862954, 0.26130258, 0.27577711);

  private ClipTeacher(ClipVision network, String name, NDManager weights) {
    super(network, MEAN, STD, name, weights);
  }

  /**
   * Loads the model folder of a whole CLIP or of its vision tower.
   *
   * @param folder with {@code config.json} and {@code model.safetensors} or {@code
   *     pytorch_model.bin}, or shards with an index; the text tower and the projections are ignored
   * @param precision in which the network computes; features are float32
   * @param manager parent of the weights, which live until {@link #close}; its device is used
   * @throws io.rapd.core.checkpoint.CheckpointException if the folder is missing or damaged, or its
   *     configuration describes another architecture
   * @throws IllegalArgumentException if a tensor is missing, unknown or of the wrong shape
   */
  static ClipTeacher load(Path folder, Precision precision, NDManager manager) {
    ModelFolder.requirePublished(
        folder, "CLIP", "openai/clip-vit-base-patch16", "openai/clip-vit-large-patch14");
    ClipVisionConfig config = ClipVisionConfig.read(folder.resolve("config.json"));
    ClipVision network = new ClipVision(config, precision);
    NDManager weights = load(network, folder, ClipTeacher::isElsewhere, precision, manager);
    String name =
        message(
            "CLIP %s, %d wide, %d blocks, patch %d, %s",
            folder.toAbsolutePath().normalize().getFileName(),
            config.hiddenSize(),
            config.layers(),
            config.patchSize(),
            precision.label());
    return new ClipTeacher(network, name, weights);
  }

  /** The parts of a whole CLIP outside the vision tower, and the constant table of position ids. */
  private static boolean isElsewhere(String name) {
    return name.startsWith("text_model.")
        || name.equals("logit_scale")
        || name.equals("text_projection.weight")
        || name.equals("visual_projection.weight")
        || name.equals("vision_model.embeddings.position_ids");
  }
}
