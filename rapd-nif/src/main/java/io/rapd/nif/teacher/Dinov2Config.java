package io.rapd.nif.teacher;

import static io.rapd.core.config.Check.check;

import io.rapd.core.checkpoint.CheckpointException;
import java.nio.file.Path;

/**
 * The sizes of a DINOv2 model.
 *
 * @param hiddenSize D
 * @param layers transformer blocks
 * @param heads attention heads
 * @param patchSize side of a patch in pixels
 * @param imageSize side in pixels of the images that the position table is for
 * @param mlpRatio hidden width of the MLP divided by D
 * @param layerNormEpsilon of every norm
 * @param registers number of register tokens, 0 in the plain models
 */
record Dinov2Config(
    int hiddenSize,
    int layers,
    int heads,
    int patchSize,
    int imageSize,
    int mlpRatio,
    double layerNormEpsilon,
    int registers) {
  /** Guards against damaged configurations that would fill the memory. */
  private static final int MOST_LAYERS = 1000;

  Dinov2Config {
    requireDivisible("hidden_size", hiddenSize, "num_attention_heads", heads);
    requireDivisible("image_size", imageSize, "patch_size", patchSize);
    requireLayers(layers, layerNormEpsilon);
    check(mlpRatio >= 1, "mlp_ratio must be positive, got %d", mlpRatio);
    check(registers >= 0, "num_register_tokens must not be negative, got %d", registers);
  }

  /**
   * Reads a Hugging Face {@code config.json} of model type {@code dinov2} or {@code
   * dinov2_with_registers}.
   *
   * @throws CheckpointException naming the file and the field that is missing, wrong, or of an
   *     unsupported architecture (such as ViT-g with SwiGLU)
   */
  static Dinov2Config read(Path file) {
    return of(HubConfig.read(file));
  }

  static Dinov2Config of(HubConfig json) {
    boolean registers =
        json.oneOf("model_type", "nothing", "dinov2", "dinov2_with_registers")
            .equals("dinov2_with_registers");
    json.oneOf("hidden_act", "gelu", "gelu");
    json.require("use_swiglu_ffn", false);
    json.require("qkv_bias", true);
    json.require("num_channels", 3);
    double ratio = json.positive("mlp_ratio", 4);
    if (ratio != Math.rint(ratio) || ratio > 64) {
      throw json.wrong("mlp_ratio", "a whole number up to 64", ratio);
    }
    return json.sizes(
        () ->
            new Dinov2Config(
                json.count("hidden_size"),
                json.count("num_hidden_layers"),
                json.count("num_attention_heads"),
                json.count("patch_size"),
                json.count("image_size"),
                (int) ratio,
                json.positive("layer_norm_eps", 1e-6),
                registers ? json.count("num_register_tokens", 4) : 0));
  }

  static void requireLayers(int layers, double layerNormEpsilon) {
    check(
        layers >= 1 && layers <= MOST_LAYERS,
        "num_hidden_layers (%d) must be 1 to %d",
        layers,
        MOST_LAYERS);
    check(layerNormEpsilon > 0, "layer_norm_eps must be positive, got %s", layerNormEpsilon);
  }

  static void requireDivisible(String name, int value, String byName, int by) {
    check(
        value >= 1 && by >= 1 && value % by == 0,
        "%s (%d) must be divisible by %s (%d)",
        name,
        value,
        byName,
        by);
  }
}
