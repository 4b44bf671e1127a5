package io.rapd.nif.teacher;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The DINOv2 vision transformer, with or without register tokens. Mirrors Hugging Face {@code
 * Dinov2Model} and {@code Dinov2WithRegistersModel}, whose parameter names it takes, and {@code
 * DinoVisionTransformer} of the original repository.
 *
 * <p>A token sequence is [class, registers, patches]; positions are added to class and patches.
 */
public final class Dinov2 extends VisionTower {
  private static final String EMBED =
      """
      def forward(x):
        d = torch.conv2d(torch.to(x, $dtype), $embeddings.patch_embeddings.projection, \
      [$patch, $patch], [0, 0], [1, 1], 1)
        patches = torch.transpose(torch.flatten(d, 2), 1, 2)
        first = torch.expand($embeddings.cls_token, [torch.size(x, 0), -1, -1])
        table = torch.squeeze($stored.embeddings.position_embeddings, 0)
        tokens = torch.cat([first, patches], 1)
        tokens = tokens + positions(table, torch.size(d, 2), torch.size(d, 3))
        return $tokens
      """
          + PositionInterpolation.METHOD;

  private static final String REGISTERS_BETWEEN =
      "torch.cat([torch.slice(tokens, 1, 0, 1), "
          + "torch.expand($embeddings.register_tokens, [torch.size(x, 0), -1, -1]), "
          + "torch.slice(tokens, 1, 1)], 1)";

  private static final String FINISH =
      """
      def forward(x):
        kept = torch.to(torch.slice(x, 1, $first), $float32)
        return torch.layer_norm(kept, [$width], $stored.layernorm, $eps)
      """;

  private final Dinov2Config config;
  private final List<VisionBlock> blocks = new ArrayList<>();
  private final ModuleKernel embed;
  private final ModuleKernel finish;
  private final ModuleKernel finishPatches;

  /** A network without values yet. */
  public Dinov2(Dinov2Config config, PositionInterpolation interpolation, Precision precision) {
    this.config = config;
    int width = config.hiddenSize();
    int patch = config.patchSize();
    int side = config.imageSize() / patch;
    Initializer normal = Initializer.truncatedNormal(0.02);
    parameter(
        "embeddings.patch_embeddings.projection.weight", new Shape(width, 3, patch, patch), normal);
    parameter("embeddings.patch_embeddings.projection.bias", new Shape(width), Initializer.zeros());
    parameter("embeddings.cls_token", new Shape(1, 1, width), normal);
    parameter(
        "embeddings.position_embeddings", new Shape(1, 1L + (long) side * side, width), normal);
    boolean registers = config.registers() > 0;
    if (registers) {
      parameter("embeddings.register_tokens", new Shape(1, config.registers(), width), normal);
    }
    for (int i = 0; i < config.layers(); i++) {
      blocks.add(
          child(
              "encoder.layer." + i,
              new VisionBlock(
                  VisionBlock.Names.DINOV2,
                  width,
                  width * config.mlpRatio(),
                  config.heads(),
                  config.layerNormEpsilon(),
                  VisionBlock.Activation.GELU,
                  precision)));
    }
    norm("layernorm", width);
    embed =
        kernel(
            "Dinov2Embedding",
            EMBED,
            Map.of(
                "dtype", precision,
                "patch", patch,
                "side", side,
                "resized", interpolation.resized(registers),
                "tokens", registers ? REGISTERS_BETWEEN : "tokens"));
    finish = finish(0);
    finishPatches = finish(1 + config.registers());
  }

  /** The final norm of the tokens from {@code first} on. */
  private ModuleKernel finish(int first) {
    Map<String, Object> constants =
        Map.of("first", first, "width", config.hiddenSize(), "eps", config.layerNormEpsilon());
    return kernel("Dinov2Norm", FINISH, constants);
  }

  /** The sizes. */
  public Dinov2Config config() {
    return config;
  }

  @Override
  public int width() {
    return config.hiddenSize();
  }

  @Override
  public int patchSize() {
    return config.patchSize();
  }

  /**
   * The last hidden state after the final norm.
   *
   * @param pixels (B, 3, H, W) float32, normalised by ImageNet's mean and deviation
   * @return (B, 1 + registers + N, D) float32 on the manager of {@code pixels}
   */
  public NDArray forward(NDArray pixels) {
    return run(pixels, finish);
  }

  /** The part of {@link #forward} that holds the patches ({@code x_norm_patchtokens}). */
  @Override
  public NDArray patchTokens(NDArray pixels) {
    return run(pixels, finishPatches);
  }

  private NDArray run(NDArray pixels, ModuleKernel last) {
    Pixels.requireWholePatches(pixels, config.patchSize());
    NDArray embedded = embed.call(pixels);
    NDArray tokens = through(blocks, embedded); // (B, 1 + registers + N, D)
    NDArray normed = last.call(tokens);
    tokens.close();
    return normed;
  }
}
