package io.rapd.nif.teacher;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.checkpoint.torch.PublishedWeights;
import io.rapd.core.torch.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** DINOv2 as the teacher: patch tokens after the final norm ({@code x_norm_patchtokens}). */
public final class Dinov2Teacher extends FrozenTeacher {
  private static final List<Double> IMAGENET_MEAN = List.of(0.485, 0.456, 0.406);
  private static final List<Double> IMAGENET_STD = List.of(0.229, 0.224, 0.225);

  private Dinov2Teacher(Dinov2 network, String name, NDManager weights) {
    super(network, IMAGENET_MEAN, IMAGENET_STD, name, weights);
  }

  /**
   * Loads a model folder, or a file of the original repository.
   *
   * @param path folder with {@code config.json} and {@code model.safetensors} or {@code
   *     pytorch_model.bin}, or shards with an index; or a file such as {@code
   *     dinov2_vitb14_pretrain.pth}, from whose shapes the sizes are read
   * @param precision in which the network computes; features are float32
   * @param manager parent of the weights, which live until {@link #close}; its device is used
   * @throws io.rapd.core.checkpoint.CheckpointException if the folder is missing or damaged, or its
   *     configuration describes another architecture
   * @throws IllegalArgumentException if a tensor is missing, unknown or of the wrong shape
   */
  public static Dinov2Teacher load(
      Path path, PositionInterpolation interpolation, Precision precision, NDManager manager) {
    if (Files.isRegularFile(path)) {
      return loadOriginal(path, interpolation, precision, manager);
    }
    ModelFolder.requirePublished(
        path,
        "DINOv2",
        "facebook/dinov2-base",
        "facebook/dinov2-small",
        "facebook/dinov2-large",
        "facebook/dinov2-with-registers-base");
    Dinov2Config config = Dinov2Config.read(path.resolve("config.json"));
    Dinov2 network = new Dinov2(config, interpolation, precision);
    NDManager weights = load(network, path, Dinov2Teacher::isUnused, precision, manager);
    return new Dinov2Teacher(network, name(path, config, interpolation, precision), weights);
  }

  private static Dinov2Teacher loadOriginal(
      Path file, PositionInterpolation interpolation, Precision precision, NDManager manager) {
    try (PublishedWeights source = PublishedWeights.open(file)) {
      Dinov2Config config = Dinov2Original.config(source);
      Dinov2 network = new Dinov2(config, interpolation, precision);
      NDManager weights =
          load(network, new Dinov2Original(source), Dinov2Teacher::isUnused, precision, manager);
      return new Dinov2Teacher(network, name(file, config, interpolation, precision), weights);
    }
  }

  /** What only DINOv2's own training needs. */
  private static boolean isUnused(String name) {
    return name.equals("embeddings.mask_token");
  }

  private static String name(
      Path path, Dinov2Config config, PositionInterpolation interpolation, Precision precision) {
    return message(
        "DINOv2 %s, %d wide, %d blocks, patch %d, %d registers, positions %s, %s",
        path.toAbsolutePath().normalize().getFileName(),
        config.hiddenSize(),
        config.layers(),
        config.patchSize(),
        config.registers(),
        config.registers() > 0 ? "antialiased" : interpolation.label(),
        precision.label());
  }
}
