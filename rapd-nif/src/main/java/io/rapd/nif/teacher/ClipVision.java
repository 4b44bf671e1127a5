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
 * The vision tower of CLIP. Mirrors Hugging Face {@code CLIPVisionModel}, whose parameter names it
 * takes (the published misspelling {@code pre_layrnorm} included). Other image sizes than that of
 * the training are run with the position table interpolated as Hugging Face does.
 */
public final class ClipVision extends VisionTower {
  private static final String EMBED =
      """
      def forward(self, x: Tensor, cls: Tensor, w: Tensor, table: Tensor, nw: Tensor, nb: Tensor) \
      -> Tensor:
        d = torch.conv2d(torch.to(x, $dtype), torch.to(w, $dtype), None, [$patch, $patch], \
      [0, 0], [1, 1], 1)
        patches = torch.transpose(torch.flatten(d, 2), 1, 2)
        first = torch.expand(torch.to(cls, $dtype), [torch.size(x, 0), 1, -1])
        at = (self).positions(table, torch.size(d, 2), torch.size(d, 3))
        tokens = torch.cat([first, patches], 1) + at
        return torch.layer_norm(tokens, [$width], torch.to(nw, $dtype), torch.to(nb, $dtype), $eps)
      """;

  private static final String FROM =
      """
      def forward(self, x: Tensor) -> Tensor:
        return torch.contiguous(torch.to(torch.slice(x, 1, $first), 6))
      """;

  private static final String POOL =
      """
      def forward(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        return torch.layer_norm(torch.select(x, 1, 0), [$width], w, b, $eps)
      """;

  private final ClipVisionConfig config;
  private final List<Parameter> embedding = new ArrayList<>();
  private final List<VisionBlock> blocks = new ArrayList<>();
  private final Parameter postWeight;
  private final Parameter postBias;
  private final Kernel embed;
  private final Kernel pool;

  /** A network without values yet. */
  public ClipVision(ClipVisionConfig config, Precision precision) {
    this.config = config;
    int width = config.hiddenSize();
    int patch = config.patchSize();
    int side = config.imageSize() / patch;
    String eps = VisionBlock.literal(config.layerNormEpsilon());
    Initializer normal = Initializer.truncatedNormal(0.02);
    embedding.add(parameter("vision_model.embeddings.class_embedding", new Shape(width), normal));
    embedding.add(
        parameter(
            "vision_model.embeddings.patch_embedding.weight",
            new Shape(width, 3, patch, patch),
            normal));
    embedding.add(
        parameter(
            "vision_model.embeddings.position_embedding.weight",
            new Shape(1L + (long) side * side, width),
            normal));
    embedding.add(
        parameter("vision_model.pre_layrnorm.weight", new Shape(width), Initializer.ones()));
    embedding.add(
        parameter("vision_model.pre_layrnorm.bias", new Shape(width), Initializer.zeros()));
    for (int i = 0; i < config.layers(); i++) {
      blocks.add(
          child(
              "vision_model.encoder.layers." + i,
              new VisionBlock(
                  VisionBlock.Names.CLIP,
                  width,
                  config.intermediateSize(),
                  config.heads(),
                  config.layerNormEpsilon(),
                  config.quickGelu()
                      ? VisionBlock.Activation.QUICK_GELU
                      : VisionBlock.Activation.GELU,
                  precision)));
    }
    postWeight =
        parameter("vision_model.post_layernorm.weight", new Shape(width), Initializer.ones());
    postBias = parameter("vision_model.post_layernorm.bias", new Shape(width), Initializer.zeros());
    embed =
        Kernel.of(
            "ClipEmbedding",
            EMBED + PositionInterpolation.HUGGING_FACE.kernelMethod(false),
            Map.of("dtype", precision, "patch", patch, "side", side, "width", width, "eps", eps));
    pool = Kernel.of("ClipPool", POOL, Map.of("width", width, "eps", eps));
  }

  /** The sizes. */
  public ClipVisionConfig config() {
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
   * The last hidden state, before {@code post_layernorm}, class token first.
   *
   * @param pixels (B, 3, H, W) float32, normalised by CLIP's mean and deviation
   * @return (B, 1 + N, D) float32 on the manager of {@code pixels}
   */
  public NDArray forward(NDArray pixels) {
    return run(pixels, 0);
  }

  /** {@link #forward} without the class token. */
  @Override
  public NDArray patchTokens(NDArray pixels) {
    return run(pixels, 1);
  }

  /**
   * CLIP's own summary of an image: {@code post_layernorm} of the class token.
   *
   * @param hidden (B, 1 + N, D) of {@link #forward}
   * @return (B, D)
   */
  public NDArray pooled(NDArray hidden) {
    return pool.call(hidden, postWeight.value(), postBias.value());
  }

  private NDArray run(NDArray pixels, int first) {
    Pixels.requireWholePatches(pixels, config.patchSize());
    NDArray embedded = embed.call(pixels, embedding.stream().map(Parameter::value).toList());
    NDArray tokens = through(blocks, embedded); // (B, 1 + N, D)
    NDArray kept = Kernel.of("ClipTokens", FROM, Map.of("first", first)).call(tokens);
    tokens.close();
    return kept;
  }
}
