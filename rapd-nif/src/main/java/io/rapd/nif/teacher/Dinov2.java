package io.rapd.nif.teacher;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Kernel;
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
      def forward(self, x: Tensor, w: Tensor, b: Tensor, cls: Tensor, table: Tensor$argument) \
      -> Tensor:
        d = torch.conv2d(torch.to(x, $dtype), torch.to(w, $dtype), torch.to(b, $dtype), \
      [$patch, $patch], [0, 0], [1, 1], 1)
        patches = torch.transpose(torch.flatten(d, 2), 1, 2)
        first = torch.expand(torch.to(cls, $dtype), [torch.size(x, 0), -1, -1])
        at = (self).positions(torch.squeeze(table, 0), torch.size(d, 2), torch.size(d, 3))
        tokens = torch.cat([first, patches], 1) + at
        return $result
      """;

  private static final String REGISTERS_BETWEEN =
      "torch.cat([torch.slice(tokens, 1, 0, 1), "
          + "torch.expand(torch.to(registers, $dtype), [torch.size(x, 0), -1, -1]), "
          + "torch.slice(tokens, 1, 1)], 1)";

  private static final String FINISH =
      """
      def forward(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        kept = torch.to(torch.slice(x, 1, $first), 6)
        return torch.layer_norm(kept, [$width], w, b, $eps)
      """;

  private final Dinov2Config config;
  private final List<Parameter> embedding = new ArrayList<>();
  private final List<VisionBlock> blocks = new ArrayList<>();
  private final Parameter normWeight;
  private final Parameter normBias;
  private final Kernel embed;

  /** A network without values yet. */
  public Dinov2(Dinov2Config config, PositionInterpolation interpolation, Precision precision) {
    this.config = config;
    int width = config.hiddenSize();
    int patch = config.patchSize();
    int side = config.imageSize() / patch;
    Initializer normal = Initializer.truncatedNormal(0.02);
    embedding.add(
        parameter(
            "embeddings.patch_embeddings.projection.weight",
            new Shape(width, 3, patch, patch),
            normal));
    embedding.add(
        parameter(
            "embeddings.patch_embeddings.projection.bias", new Shape(width), Initializer.zeros()));
    embedding.add(parameter("embeddings.cls_token", new Shape(1, 1, width), normal));
    embedding.add(
        parameter(
            "embeddings.position_embeddings",
            new Shape(1, 1L + (long) side * side, width),
            normal));
    boolean registers = config.registers() > 0;
    if (registers) {
      embedding.add(
          parameter("embeddings.register_tokens", new Shape(1, config.registers(), width), normal));
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
    normWeight = parameter("layernorm.weight", new Shape(width), Initializer.ones());
    normBias = parameter("layernorm.bias", new Shape(width), Initializer.zeros());
    String source =
        EMBED
            .replace("$argument", registers ? ", registers: Tensor" : "")
            .replace("$result", registers ? REGISTERS_BETWEEN : "tokens");
    embed =
        Kernel.of(
            "Dinov2Embedding",
            source + interpolation.kernelMethod(registers),
            Map.of("dtype", precision, "patch", patch, "side", side));
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
    return run(pixels, 0);
  }

  /** The part of {@link #forward} that holds the patches ({@code x_norm_patchtokens}). */
  @Override
  public NDArray patchTokens(NDArray pixels) {
    return run(pixels, 1 + config.registers());
  }

  private NDArray run(NDArray pixels, int first) {
    Pixels.requireWholePatches(pixels, config.patchSize());
    NDArray embedded = embed.call(pixels, embedding.stream().map(Parameter::value).toList());
    NDArray tokens = through(blocks, embedded); // (B, 1 + registers + N, D)
    Kernel finish =
        Kernel.of(
            "Dinov2Norm",
            FINISH,
            Map.of(
                "first",
                first,
                "width",
                config.hiddenSize(),
                "eps",
                VisionBlock.literal(config.layerNormEpsilon())));
    NDArray normed = finish.call(tokens, normWeight.value(), normBias.value());
    tokens.close();
    return normed;
  }
}
