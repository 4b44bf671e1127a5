package io.rapd.nif.teacher;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Precision;
import java.util.Map;

/**
 * The DINOv2 vision transformer, with or without register tokens: Hugging Face's {@code
 * Dinov2Model} and {@code Dinov2WithRegistersModel}, with their parameter names, and {@code
 * DinoVisionTransformer} of the original repository.
 *
 * <p>The token sequence is [class, registers, patches]; positions are added to class and patches.
 */
final class Dinov2 extends VisionTower {
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

  private final ModuleKernel embed;
  private final ModuleKernel finish;
  private final ModuleKernel finishPatches;

  /** A network without values yet. */
  Dinov2(Dinov2Config config, PositionInterpolation interpolation, Precision precision) {
    super(config.hiddenSize(), config.patchSize());
    int width = config.hiddenSize();
    int patch = config.patchSize();
    int side = config.imageSize() / patch;
    Initializer normal = Initializer.truncatedNormal(0.02);
    layer(
        "embeddings.patch_embeddings.projection",
        new Shape(width, 3, patch, patch),
        normal,
        Initializer.zeros());
    parameter("embeddings.cls_token", new Shape(1, 1, width), normal);
    parameter(
        "embeddings.position_embeddings", new Shape(1, 1L + (long) side * side, width), normal);
    boolean registers = config.registers() > 0;
    if (registers) {
      parameter("embeddings.register_tokens", new Shape(1, config.registers(), width), normal);
    }
    for (int i = 0; i < config.layers(); i++) {
      block(
          "encoder.layer." + i,
          new VisionBlock(
              VisionBlock.Names.DINOV2,
              width,
              width * config.mlpRatio(),
              config.heads(),
              config.layerNormEpsilon(),
              VisionBlock.Activation.GELU,
              precision));
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
    finish = finish(0, config);
    finishPatches = finish(1 + config.registers(), config);
  }

  /** The final norm of the tokens from index {@code first} on. */
  private ModuleKernel finish(int first, Dinov2Config config) {
    Map<String, Object> constants =
        Map.of("first", first, "width", width(), "eps", config.layerNormEpsilon());
    return kernel("Dinov2Norm", FINISH, constants);
  }

  /**
   * The last hidden state after the final norm.
   *
   * @param pixels (B, 3, H, W) float32, normalised by ImageNet's mean and std
   * @return (B, 1 + registers + N, D) float32 on the manager of {@code pixels}
   */
  NDArray forward(NDArray pixels) {
    return run(pixels, embed, finish);
  }

  /** The part of {@link #forward} that belongs to the patches ({@code x_norm_patchtokens}). */
  @Override
  NDArray patchTokens(NDArray pixels) {
    return run(pixels, embed, finishPatches);
  }
}
