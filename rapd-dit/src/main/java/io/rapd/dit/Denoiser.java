package io.rapd.dit;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Precision;
import io.rapd.dit.block.FinalLayer;
import io.rapd.dit.block.ImageBlock;
import io.rapd.dit.block.PatchEmbedder;
import io.rapd.dit.block.RotaryTable;
import io.rapd.dit.block.SinCosPositions;
import io.rapd.dit.block.TextBlock;
import io.rapd.dit.block.TextEmbedder;
import io.rapd.dit.block.TimeEmbedder;
import java.util.ArrayList;
import java.util.List;

/**
 * The diffusion transformer of the paper's section 3.3; structure and parameter names as PixelGen's
 * {@code JiT_T2I}.
 *
 * <p>In bfloat16 tokens stay bfloat16 from block to block, while the statistics of norms and the
 * output are float32. A fresh denoiser predicts zero: adaptive modulations and the final layer
 * start at zero.
 *
 * <p>Safe for use by several threads as long as nobody changes the parameters.
 */
public final class Denoiser extends Module {
  private final DenoiserConfig config;
  private final PatchEmbedder patchEmbedder;
  private final TimeEmbedder timeEmbedder;
  private final TextEmbedder textEmbedder;
  private final Parameter imagePositions;
  private final Parameter textPositions;
  private final List<TextBlock> textBlocks = new ArrayList<>();
  private final List<ImageBlock> imageBlocks = new ArrayList<>();
  private final FinalLayer finalLayer;
  private final RotaryTable rotaryTable;

  /** Declares a denoiser; it holds no memory until it is initialised, loaded or bound. */
  public Denoiser(DenoiserConfig config, Precision precision) {
    this.config = config;
    int width = config.width();
    int heads = config.heads();
    int ratio = config.mlpRatio();
    patchEmbedder =
        child(
            "x_embedder",
            new PatchEmbedder(
                config.channels(), config.patchSize(), config.bottleneck(), width, precision));
    timeEmbedder = child("t_embedder", new TimeEmbedder(width));
    textEmbedder = child("y_embedder", new TextEmbedder(config.textWidth(), width, precision));
    imagePositions =
        table(
            "pos_embed",
            new Shape(1, config.imageTokens(), width),
            SinCosPositions.of(config.gridSize()));
    textPositions =
        parameter(
            "y_pos_embedding", new Shape(1, config.textTokens(), width), Initializer.normal(0.02));
    for (int i = 0; i < config.textBlocks(); i++) {
      textBlocks.add(
          child("text_refine_blocks." + i, new TextBlock(width, heads, ratio, precision)));
    }
    for (int i = 0; i < config.depth(); i++) {
      imageBlocks.add(child("blocks." + i, new ImageBlock(width, heads, ratio, precision)));
    }
    finalLayer =
        child(
            "final_layer", new FinalLayer(width, config.channels(), config.patchSize(), precision));
    rotaryTable = new RotaryTable(config.headWidth());
  }

  /** The sizes it was built with. */
  public DenoiserConfig config() {
    return config;
  }

  /**
   * The prediction for a batch of noisy latents.
   *
   * @param latent z_t (B, C, H, W), float32; H and W multiples of the patch size with as many
   *     patches as the training grid
   * @param time t in [0, 1], 0 being noise (B), float32
   * @param text states of the prompt (B, L, T), float32
   * @return (B, C, H, W), float32, on the latent's manager: the velocity, or the clean latent under
   *     x-prediction
   * @throws IllegalArgumentException for inputs of other shapes or types
   */
  public NDArray forward(NDArray latent, NDArray time, NDArray text) {
    checkInputs(latent, time, text);
    try (NDManager scope = latent.getManager().newSubManager()) {
      return scope.ret(run(scope, latent, time, text, config.depth()).prediction());
    }
  }

  /**
   * As {@link #forward(NDArray, NDArray, NDArray)}, with the image tokens after so many blocks.
   *
   * @param featureBlocks the number of image blocks that the features have passed, 0 to depth
   */
  public DenoiserOutput forward(NDArray latent, NDArray time, NDArray text, int featureBlocks) {
    checkInputs(latent, time, text);
    if (featureBlocks < 0 || featureBlocks > config.depth()) {
      throw new IllegalArgumentException(
          "features come after 0 to " + config.depth() + " image blocks, got " + featureBlocks);
    }
    try (NDManager scope = latent.getManager().newSubManager()) {
      DenoiserOutput output = run(scope, latent, time, text, featureBlocks);
      scope.ret(new NDList(output.prediction(), output.features()));
      return output;
    }
  }

  private DenoiserOutput run(
      NDManager scope, NDArray latent, NDArray time, NDArray text, int featureBlocks) {
    NDArray condition = scoped(scope, timeEmbedder.condition(time)); // (B, D)
    NDArray refined = refine(scope, text, condition); // (B, L, D)
    NDArray rotation =
        rotaryTable.on(scope, rows(latent), columns(latent)); // (N, D / heads / 2, 2)

    NDArray tokens =
        scoped(scope, patchEmbedder.forward(latent, imagePositions.value())); // (B, N, D)
    NDArray features = tokens;
    for (int i = 0; i < imageBlocks.size(); i++) {
      tokens = imageBlocks.get(i).forward(tokens, refined, condition, rotation); // (B, N, D)
      if (i + 1 == featureBlocks) {
        features = tokens;
      }
    }
    return new DenoiserOutput(finalLayer.forward(tokens, latent), features);
  }

  /** The text states after the text blocks: (B, L, D), in the denoiser's precision. */
  private NDArray refine(NDManager scope, NDArray text, NDArray condition) {
    NDArray tokens = scoped(scope, textEmbedder.forward(text, textPositions.value()));
    for (TextBlock block : textBlocks) {
      tokens = block.forward(tokens, condition);
    }
    return tokens;
  }

  /** The refined text tokens alone, for tests and inspection. */
  NDArray refinedText(NDArray time, NDArray text) {
    try (NDManager scope = text.getManager().newSubManager()) {
      NDArray condition = scoped(scope, timeEmbedder.condition(time));
      return scope.ret(refine(scope, text, condition));
    }
  }

  TimeEmbedder timeEmbedder() {
    return timeEmbedder;
  }

  RotaryTable rotaryTable() {
    return rotaryTable;
  }

  /** Kernels leave results with their first input's manager; this moves one into the pass. */
  private static NDArray scoped(NDManager scope, NDArray array) {
    array.attach(scope);
    return array;
  }

  private int rows(NDArray latent) {
    return Math.toIntExact(latent.getShape().get(2) / config.patchSize());
  }

  private int columns(NDArray latent) {
    return Math.toIntExact(latent.getShape().get(3) / config.patchSize());
  }

  private void checkInputs(NDArray latent, NDArray time, NDArray text) {
    Shape shape = latent.getShape();
    int patch = config.patchSize();
    check(
        shape.dimension() == 4 && shape.get(0) > 0 && shape.get(1) == config.channels(),
        "latent must be (B, %d, H, W), got %s; was it written by another NIF config?",
        config.channels(),
        shape);
    check(
        shape.get(2) % patch == 0 && shape.get(3) % patch == 0,
        "latent height and width must be multiples of the patch size %d, got %s",
        patch,
        shape);
    long patches = (shape.get(2) / patch) * (shape.get(3) / patch);
    check(
        patches == config.imageTokens(),
        "latent must have %d patches of %dx%d as in training, got %d from %s",
        config.imageTokens(),
        patch,
        patch,
        patches,
        shape);
    Shape times = new Shape(shape.get(0));
    check(time.getShape().equals(times), "time must be %s, got %s", times, time.getShape());
    Shape texts = new Shape(shape.get(0), config.textTokens(), config.textWidth());
    check(
        text.getShape().equals(texts),
        "text must be %s, got %s; was it written by another text encoder?",
        texts,
        text.getShape());
    checkFloat32("latent", latent);
    checkFloat32("time", time);
    checkFloat32("text", text);
  }

  private static void checkFloat32(String name, NDArray array) {
    DataType type = array.getDataType();
    check(type == DataType.FLOAT32, "%s must be float32, got %s", name, type);
  }
}
