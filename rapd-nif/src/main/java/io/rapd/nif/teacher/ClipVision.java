package io.rapd.nif.teacher;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Precision;
import java.util.Map;

/**
 * The vision tower of CLIP: Hugging Face's {@code CLIPVisionModel} with its parameter names,
 * including the published misspelling {@code pre_layrnorm}. For image sizes other than the training
 * size the position table is interpolated as Hugging Face does.
 */
final class ClipVision extends VisionTower {
  private static final String EMBED =
      """
      def forward(x):
        d = torch.conv2d(torch.to(x, $dtype), $vision_model.embeddings.patch_embedding, None, \
      [$patch, $patch], [0, 0], [1, 1], 1)
        patches = torch.transpose(torch.flatten(d, 2), 1, 2)
        first = torch.expand($vision_model.embeddings.class_embedding, [torch.size(x, 0), 1, -1])
        at = positions($stored.vision_model.embeddings.position_embedding, \
      torch.size(d, 2), torch.size(d, 3))
        tokens = torch.cat([first, patches], 1) + at
        return torch.layer_norm(tokens, [$width], $vision_model.pre_layrnorm, $eps)
      """
          + PositionInterpolation.METHOD;

  private static final String FROM =
      """
      def forward(x):
        return torch.contiguous(torch.to(torch.slice(x, 1, $first), $float32))
      """;

  private static final String POOL =
      """
      def forward(x):
        first = torch.select(x, 1, 0)
        return torch.layer_norm(first, [$width], $stored.vision_model.post_layernorm, $eps)
      """;

  private final ModuleKernel embed;
  private final ModuleKernel hidden = kernel("ClipTokens", FROM, Map.of("first", 0));
  private final ModuleKernel patches = kernel("ClipTokens", FROM, Map.of("first", 1));
  private final ModuleKernel pool;

  /** A network without values yet. */
  ClipVision(ClipVisionConfig config, Precision precision) {
    super(config.hiddenSize(), config.patchSize());
    int width = config.hiddenSize();
    int patch = config.patchSize();
    int side = config.imageSize() / patch;
    Initializer normal = Initializer.truncatedNormal(0.02);
    parameter("vision_model.embeddings.class_embedding", new Shape(width), normal);
    parameter(
        "vision_model.embeddings.patch_embedding.weight",
        new Shape(width, 3, patch, patch),
        normal);
    parameter(
        "vision_model.embeddings.position_embedding.weight",
        new Shape(1L + (long) side * side, width),
        normal);
    norm("vision_model.pre_layrnorm", width);
    for (int i = 0; i < config.layers(); i++) {
      block(
          "vision_model.encoder.layers." + i,
          new VisionBlock(
              VisionBlock.Names.CLIP,
              width,
              config.intermediateSize(),
              config.heads(),
              config.layerNormEpsilon(),
              config.quickGelu() ? VisionBlock.Activation.QUICK_GELU : VisionBlock.Activation.GELU,
              precision));
    }
    norm("vision_model.post_layernorm", width);
    embed =
        kernel(
            "ClipEmbedding",
            EMBED,
            Map.of(
                "dtype", precision,
                "patch", patch,
                "side", side,
                "width", width,
                "eps", config.layerNormEpsilon(),
                "resized", PositionInterpolation.HUGGING_FACE.resized(false)));
    pool = kernel("ClipPool", POOL, Map.of("width", width, "eps", config.layerNormEpsilon()));
  }

  /**
   * The last hidden state, before {@code post_layernorm}; the class token comes first.
   *
   * @param pixels (B, 3, H, W) float32, normalised by CLIP's mean and std
   * @return (B, 1 + N, D) float32 on the manager of {@code pixels}
   */
  NDArray forward(NDArray pixels) {
    return run(pixels, embed, hidden);
  }

  /** {@link #forward} without the class token. */
  @Override
  NDArray patchTokens(NDArray pixels) {
    return run(pixels, embed, patches);
  }

  /**
   * CLIP's pooled output: {@code post_layernorm} of the class token.
   *
   * @param hidden (B, 1 + N, D) of {@link #forward}
   * @return (B, D)
   */
  NDArray pooled(NDArray hidden) {
    return pool.call(hidden);
  }
}
