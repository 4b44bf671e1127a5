package io.rapd.dit;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.checkpoint.torch.TorchFile;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;
import java.util.Set;

/**
 * A checkpoint of PixelGen's text-to-image model as PyTorch Lightning writes it: {@code state_dict}
 * holds the averaged weights of {@code JiT_T2I} under {@code ema_denoiser.}, which are taken, and
 * beside them the trained ones and those of the trainer, which are passed over like the states of
 * the optimiser. The latent is the image itself, 3 channels.
 */
public final class PixelGenCheckpoint implements AutoCloseable {
  private static final String STATE = "state_dict.";
  private static final String AVERAGES = STATE + "ema_denoiser.";
  private static final int CHANNELS = 3;

  private final TorchFile file;
  private final DenoiserConfig config;

  private PixelGenCheckpoint(TorchFile file) {
    this.file = file;
    this.config = readConfig();
    config.build(Precision.FLOAT32).requireFit(file, AVERAGES, name -> false);
  }

  /**
   * Opens a checkpoint. Names, types and shapes of all averaged weights are checked; none is read.
   *
   * @throws CheckpointException where it is missing or damaged, holds no averaged weights or is
   *     conditioned on classes
   * @throws IllegalArgumentException naming the first tensor that does not fit, what was expected
   *     and what was found
   */
  public static PixelGenCheckpoint open(Path path) {
    TorchFile file = TorchFile.open(path);
    try {
      return new PixelGenCheckpoint(file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** The sizes, from the shapes. */
  public DenoiserConfig config() {
    return config;
  }

  /**
   * A denoiser with the averaged weights.
   *
   * @param precision in which it computes and keeps its matrices
   * @param manager whose device is used and under which the weights live
   */
  public Denoiser load(Precision precision, NDManager manager) {
    Denoiser denoiser = config.build(precision);
    denoiser.load(file, AVERAGES, name -> false, precision, manager);
    return denoiser;
  }

  /**
   * The averaged weights in the types in which they are stored, by the denoiser's own names. Read
   * one at a time when they are written; this file must be open then.
   */
  public SafetensorsOutput weights() {
    SafetensorsOutput weights = new SafetensorsOutput();
    for (String name : config.build(Precision.FLOAT32).parameters().keySet()) {
      weights.copy(name, file, AVERAGES + name);
    }
    return weights;
  }

  private DenoiserConfig readConfig() {
    requireAverages();
    if (has("y_embedder.embedding_table.weight")) {
      throw new CheckpointException(
          "%s: is conditioned on classes (%sy_embedder.embedding_table.weight), expected PixelGen's"
              + " text-to-image model",
          file.path(), AVERAGES);
    }
    Shape patches = shape("x_embedder.proj1.weight", 2);
    Shape text = shape("y_embedder.proj.weight", 2);
    Shape positions = shape("pos_embed", 3);
    Shape textPositions = shape("y_pos_embedding", 3);
    long width = shape("x_embedder.proj2.weight", 2).get(0);
    long head = shape("blocks.0.attn.q_norm.weight", 1).get(0);
    long hidden = shape("blocks.0.mlp.w3.weight", 2).get(1);
    if (patches.get(1) % CHANNELS != 0) {
      throw wrong("x_embedder.proj1.weight", CHANNELS + " x patch x patch columns", patches);
    }
    int patch = root("x_embedder.proj1.weight", patches, patches.get(1) / CHANNELS);
    int grid = root("pos_embed", positions, positions.get(1));
    if (width % head != 0) {
      throw wrong(
          "blocks.0.attn.q_norm.weight", "a divisor of the width " + width, new Shape(head));
    }
    if (hidden % width != 0) {
      throw wrong(
          "blocks.0.mlp.w3.weight",
          "a multiple of " + width + " columns",
          new Shape(width, hidden));
    }
    try {
      return new DenoiserConfig(
          CHANNELS,
          Math.multiplyExact(grid, patch),
          patch,
          Math.toIntExact(width),
          count("blocks."),
          Math.toIntExact(width / head),
          Math.toIntExact(patches.get(0)),
          Math.toIntExact(hidden / width),
          count("text_refine_blocks."),
          Math.toIntExact(text.get(1)),
          Math.toIntExact(textPositions.get(1)));
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new CheckpointException(file.path() + ": " + e.getMessage(), e);
    }
  }

  private void requireAverages() {
    Set<String> names = file.names();
    if (names.stream().anyMatch(name -> name.startsWith(AVERAGES))) {
      return;
    }
    boolean trained = names.stream().anyMatch(name -> name.startsWith(STATE + "denoiser."));
    throw new CheckpointException(
        trained
            ? file.path() + ": holds trained weights (denoiser.) without averages (ema_denoiser.)"
            : message(
                "%s: holds no averaged weights (%s), expected a checkpoint of PixelGen; its first"
                    + " tensor is %s",
                file.path(), AVERAGES, names.iterator().next()));
  }

  private boolean has(String name) {
    return file.names().contains(AVERAGES + name);
  }

  /** How many blocks of a kind there are: one more than the last index without a gap. */
  private int count(String kind) {
    int count = 0;
    while (has(kind + count + ".norm1.weight")) {
      count++;
    }
    return count;
  }

  private Shape shape(String name, int axes) {
    if (!has(name)) {
      throw new CheckpointException(
          "%s: tensor %s%s is missing; expected PixelGen's text-to-image model",
          file.path(), AVERAGES, name);
    }
    Shape shape = file.shape(AVERAGES + name);
    if (shape.dimension() != axes || shape.size() == 0) {
      throw wrong(name, axes + " axes", shape);
    }
    return shape;
  }

  private int root(String name, Shape shape, long square) {
    int root = (int) Math.round(Math.sqrt((double) square));
    if ((long) root * root != square) {
      throw wrong(name, "a square of patches", shape);
    }
    return root;
  }

  private CheckpointException wrong(String name, String expected, Shape found) {
    return new CheckpointException(
        "%s: tensor %s%s must have %s, got %s", file.path(), AVERAGES, name, expected, found);
  }

  /** Closes the file. Arrays that it gave stay valid. */
  @Override
  public void close() {
    file.close();
  }
}
