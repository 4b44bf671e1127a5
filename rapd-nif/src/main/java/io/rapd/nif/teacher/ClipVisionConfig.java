package io.rapd.nif.teacher;

import static io.rapd.core.config.Check.check;

import io.rapd.core.checkpoint.CheckpointException;
import java.nio.file.Path;

/**
 * The sizes of CLIP's vision tower.
 *
 * @param hiddenSize D
 * @param intermediateSize hidden width of the MLP
 * @param layers transformer blocks
 * @param heads attention heads
 * @param patchSize side of a patch in pixels
 * @param imageSize side in pixels of the images that the position table is for
 * @param quickGelu whether the activation is x sigmoid(1.702 x) instead of the exact GELU
 * @param layerNormEpsilon of every norm
 */
record ClipVisionConfig(
    int hiddenSize,
    int intermediateSize,
    int layers,
    int heads,
    int patchSize,
    int imageSize,
    boolean quickGelu,
    double layerNormEpsilon) {
  ClipVisionConfig {
    Dinov2Config.requireDivisible("hidden_size", hiddenSize, "num_attention_heads", heads);
    Dinov2Config.requireDivisible("image_size", imageSize, "patch_size", patchSize);
    Dinov2Config.requireLayers(layers, layerNormEpsilon);
    check(intermediateSize >= 1, "intermediate_size must be positive, got %d", intermediateSize);
  }

  /**
   * Reads a Hugging Face {@code config.json} of model type {@code clip_vision_model}, or {@code
   * clip} with a {@code vision_config} inside. Missing fields have the defaults of Transformers'
   * {@code CLIPVisionConfig}, since published configurations hold only differences from them.
   *
   * @throws CheckpointException naming the file and the field that is wrong
   */
  static ClipVisionConfig read(Path file) {
    return of(HubConfig.read(file));
  }

  static ClipVisionConfig of(HubConfig whole) {
    String type = whole.oneOf("model_type", "nothing", "clip", "clip_vision_model");
    HubConfig json = type.equals("clip") ? whole.object("vision_config") : whole;
    String activation = json.oneOf("hidden_act", "quick_gelu", "quick_gelu", "gelu");
    json.require("num_channels", 3);
    return whole.sizes(
        () ->
            new ClipVisionConfig(
                json.count("hidden_size", 768),
                json.count("intermediate_size", 3072),
                json.count("num_hidden_layers", 12),
                json.count("num_attention_heads", 12),
                json.count("patch_size", 32),
                json.count("image_size", 224),
                activation.equals("quick_gelu"),
                json.positive("layer_norm_eps", 1e-5)));
  }
}
