package io.rapd.eval.benchmark;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import io.rapd.core.checkpoint.AtomicFile;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The images of one benchmark at one size, where its scorer looks for them:
 *
 * <ul>
 *   <li>GenEval: {@code 00000/metadata.jsonl}, {@code 00000/samples/0000.png}; flat: the samples
 *       are named by seed, as PixelGen does
 *   <li>DPG-Bench: {@code NAME.png}, up to four samples in a grid of 2 x 2; flat: {@code
 *       NAME_SEED.png}, as PixelGen does
 * </ul>
 */
public final class SampleFolder {
  private static final int GRID = 2;

  /** Which benchmark. */
  public enum Layout {
    GENEVAL,
    GENEVAL_FLAT,
    DPG,
    DPG_FLAT
  }

  private final Path folder;
  private final Layout layout;
  private final RgbImageWriter writer = new RgbImageWriter();

  /** A folder, which is created when something is written. */
  public SampleFolder(Path folder, Layout layout) {
    this.folder = folder;
    this.layout = layout;
  }

  /** Whether all images of a prompt are there. */
  public boolean holds(BenchmarkPrompt prompt, List<Long> seeds) {
    if (layout == Layout.DPG) {
      return Files.exists(file(prompt, 0, 0));
    }
    for (int i = 0; i < seeds.size(); i++) {
      if (!Files.exists(file(prompt, i, seeds.get(i)))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Writes the images of a prompt.
   *
   * @param images one per seed; of one size
   * @throws IllegalArgumentException for more images than a grid of DPG-Bench holds
   */
  public void write(BenchmarkPrompt prompt, List<Long> seeds, List<RgbImage> images) {
    if (layout == Layout.DPG) {
      writer.writePng(grid(images), file(prompt, 0, 0));
      return;
    }
    for (int i = 0; i < images.size(); i++) {
      writer.writePng(images.get(i), file(prompt, i, seeds.get(i)));
    }
    if (layout != Layout.DPG_FLAT) {
      AtomicFile.write(folder.resolve(prompt.name()).resolve("metadata.jsonl"), prompt.metadata());
    }
  }

  private Path file(BenchmarkPrompt prompt, int sample, long seed) {
    return switch (layout) {
      case GENEVAL -> samples(prompt).resolve(message("%04d.png", sample));
      case GENEVAL_FLAT -> samples(prompt).resolve(message("%d.png", seed));
      case DPG -> folder.resolve(prompt.name() + ".png");
      case DPG_FLAT -> folder.resolve(message("%s_%d.png", prompt.name(), seed));
    };
  }

  private Path samples(BenchmarkPrompt prompt) {
    return folder.resolve(prompt.name()).resolve("samples");
  }

  /** Row by row; places without an image are white. */
  static RgbImage grid(List<RgbImage> images) {
    check(
        images.size() <= GRID * GRID,
        "a grid of DPG-Bench holds %d samples per prompt, got %d",
        GRID * GRID,
        images.size());
    RgbImage first = images.get(0);
    if (images.size() == 1) {
      return first;
    }
    int height = first.height();
    int width = first.width();
    float[] planes = new float[RgbImage.CHANNELS * GRID * height * GRID * width];
    Arrays.fill(planes, 1);
    for (int i = 0; i < images.size(); i++) {
      float[] from = images.get(i).planes();
      for (int row = 0; row < RgbImage.CHANNELS * height; row++) {
        int channel = row / height;
        int y = (channel * GRID + i / GRID) * height + row % height;
        int to = y * GRID * width + i % GRID * width;
        System.arraycopy(from, row * width, planes, to, width);
      }
    }
    return new RgbImage(GRID * height, GRID * width, planes);
  }

  /**
   * Records which seed every sample has, or checks that a folder was begun with the same.
   *
   * @param file {@code seeds.csv}, beside the folders that scorers read
   * @throws IllegalArgumentException if the file says otherwise
   */
  public static void recordSeeds(
      Path file, String settings, List<BenchmarkPrompt> prompts, List<Long> seeds) {
    StringBuilder text = new StringBuilder("# " + settings + "\nname,sample,seed,prompt\n");
    for (BenchmarkPrompt prompt : prompts) {
      for (int i = 0; i < seeds.size(); i++) {
        String quoted = prompt.text().replace("\"", "\"\"");
        text.append(message("%s,%d,%d,\"%s\"\n", prompt.name(), i, seeds.get(i), quoted));
      }
    }
    try {
      if (!Files.exists(file)) {
        AtomicFile.write(file, text.toString());
      }
      check(
          Files.readString(file).equals(text.toString()),
          "%s: expected the prompts, seeds and settings of this call, found others; choose another"
              + " --out",
          file);
    } catch (IOException e) {
      throw new UncheckedIOException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
