package io.rapd.dit;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.CheckpointedChain;
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
 * The diffusion transformer of stage 2, with the structure and parameter names of PixelGen's {@code
 * JiT_T2I}.
 *
 * <p>In bfloat16, tokens stay bfloat16 from block to block; the statistics of norms and the output
 * are float32. A new denoiser predicts zero, since adaptive modulations and the final layer start
 * at zero.
 *
 * <p>Thread-safe as long as the parameters do not change.
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
  private final DenoiserInputs inputs;

  /** A denoiser without values yet: initialise, load or bind it. */
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
    inputs = new DenoiserInputs(config);
  }

  /** The sizes of this denoiser. */
  public DenoiserConfig config() {
    return config;
  }

  /**
   * The prediction for a batch of noisy latents.
   *
   * @param latent z_t (B, C, H, W), float32; H and W multiples of the patch size, with the same
   *     number of patches as in training
   * @param time t (B) in [0, 1], where 0 is noise, float32
   * @param text states of the prompts (B, L, T), float32
   * @return (B, C, H, W), float32, on the manager of the latent: the velocity, or the clean latent
   *     under x-prediction
   * @throws IllegalArgumentException if types or shapes differ from these
   */
  public NDArray forward(NDArray latent, NDArray time, NDArray text) {
    inputs.check(latent, time, text);
    try (NDManager scope = latent.getManager().newSubManager()) {
      return scope.ret(run(scope, latent, time, text, config.depth()).prediction());
    }
  }

  /**
   * As {@link #forward(NDArray, NDArray, NDArray)}, and also returns intermediate image tokens.
   *
   * @param featureBlocks after how many image blocks, 0 to depth
   */
  public DenoiserOutput forward(NDArray latent, NDArray time, NDArray text, int featureBlocks) {
    inputs.check(latent, time, text);
    checkFeatureBlocks(featureBlocks);
    try (NDManager scope = latent.getManager().newSubManager()) {
      DenoiserOutput output = run(scope, latent, time, text, featureBlocks);
      scope.ret(new NDList(output.prediction(), output.features()));
      return output;
    }
  }

  /**
   * As {@link #forward(NDArray, NDArray, NDArray, int)} while gradients are recorded, but with
   * activation checkpointing: memory for the activations of one block instead of all, for a second
   * forward pass of the blocks.
   */
  public CheckpointedPass checkpointed(
      NDArray latent, NDArray time, NDArray text, int featureBlocks) {
    inputs.check(latent, time, text);
    checkFeatureBlocks(featureBlocks);
    NDManager scope = latent.getManager().newSubManager();
    NDArray condition = scoped(scope, timeEmbedder.condition(time)); // (B, D)
    NDArray conditionLeaf = scoped(scope, Autograd.leaf(condition));
    CheckpointedChain texts =
        new CheckpointedChain(
            scoped(scope, textEmbedder.forward(text, textPositions.value())), scope);
    textBlocks.forEach(block -> texts.run(tokens -> block.forward(tokens, conditionLeaf)));
    NDArray refined = texts.leaf(); // (B, L, D)
    NDArray rotation = rotaryTable.on(scope, rows(latent), columns(latent));
    CheckpointedChain images =
        new CheckpointedChain(
            scoped(scope, patchEmbedder.forward(latent, imagePositions.value())), scope);
    NDArray features = images.leaf(); // (B, N, D)
    for (int i = 0; i < imageBlocks.size(); i++) {
      ImageBlock block = imageBlocks.get(i);
      images.run(tokens -> block.forward(tokens, refined, conditionLeaf, rotation));
      if (i + 1 == featureBlocks) {
        features = images.leaf();
      }
    }
    NDArray prediction = scoped(scope, finalLayer.forward(images.leaf(), latent));
    return new CheckpointedPass(
        scope, new DenoiserOutput(prediction, features), images, texts, condition, conditionLeaf);
  }

  private void checkFeatureBlocks(int featureBlocks) {
    check(
        featureBlocks >= 0 && featureBlocks <= config.depth(),
        "featureBlocks must be 0 to %d image blocks, got %d",
        config.depth(),
        featureBlocks);
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

  /** The text tokens after the text blocks, (B, L, D), in the denoiser's precision. */
  private NDArray refine(NDManager scope, NDArray text, NDArray condition) {
    NDArray tokens = scoped(scope, textEmbedder.forward(text, textPositions.value()));
    for (TextBlock block : textBlocks) {
      tokens = block.forward(tokens, condition);
    }
    return tokens;
  }

  /** The text tokens after the text blocks; for tests. */
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

  /** Moves a result from the manager of the kernel's first input to the scope. */
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
}
