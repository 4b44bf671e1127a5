import io.rapd.core.config.ConfigFile;
import io.rapd.core.image.RgbImage;
import io.rapd.train.data.Batches;
import io.rapd.train.data.CaptionConfig;
import io.rapd.train.data.CaptionedImages;
import io.rapd.train.data.DataConfig;
import io.rapd.train.data.UnusableSamples;
import java.awt.image.BufferedImage;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Writes shards of small images and streams them: seconds to the first batch, samples per second,
 * heap in use, seconds to the first batch of a resumed run, and whether its batches are the same.
 */
public final class MeasureStreaming {
  private static final int SIDE = 16;
  private static final int BATCH = 256;
  private static final int STREAMS = 32;

  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    int shards = Integer.parseInt(arguments[1]);
    int perShard = Integer.parseInt(arguments[2]);
    int steps = Integer.parseInt(arguments[3]);
    if (!Files.isDirectory(folder)) {
      Files.createDirectories(folder);
      long start = System.nanoTime();
      write(folder, shards, perShard);
      print("written in %.1f s: %d shards of %d samples", seconds(start), shards, perShard);
    }
    for (int threads : new int[] {1, 2}) {
      DataConfig data = data(folder, threads);
      long start = System.nanoTime();
      List<CaptionedImages.Batch> tail = new ArrayList<>();
      String position = "";
      try (Batches<CaptionedImages.Batch> batches = open(data, 1, Optional.empty())) {
        batches.next();
        print("%d threads: first batch of %d after %.2f s", threads, BATCH, seconds(start));
        start = System.nanoTime();
        for (int step = 2; step <= steps; step++) {
          batches.next();
        }
        print(
            "%d threads: %.0f samples/s over %d steps; heap in use %d MB; position %d bytes",
            threads,
            (steps - 1) * (double) BATCH / seconds(start),
            steps - 1,
            heap(),
            batches.position().orElseThrow().length());
        position = batches.position().orElseThrow();
        for (int i = 0; i < 5; i++) {
          tail.add(batches.next());
        }
      }
      start = System.nanoTime();
      try (Batches<CaptionedImages.Batch> batches =
          open(data(folder, 3 - threads), steps + 1, Optional.of(position))) {
        boolean same = true;
        for (CaptionedImages.Batch batch : tail) {
          CaptionedImages.Batch again = batches.next();
          if (batch == tail.get(0)) {
            print("resumed at step %d after %.2f s", steps + 1, seconds(start));
          }
          same &= again.keys().equals(batch.keys()) && again.captions().equals(batch.captions());
          for (int i = 0; i < BATCH; i++) {
            RgbImage one = again.images().get(i);
            same &= one.equals(batch.images().get(i));
          }
        }
        print("batches after resuming with %d threads: %s", 3 - threads, same ? "same" : "DIFFER");
      }
    }
  }

  private static DataConfig data(Path folder, int threads) {
    return ConfigFile.parse(
        "data",
        "{\"location\": \"x\", \"train\": \"all\", \"validation\": \"all\"}",
        DataConfig.class,
        List.of(
            "location=" + folder,
            "stream.streams=" + STREAMS,
            "stream.threads=" + threads));
  }

  private static Batches<CaptionedImages.Batch> open(
      DataConfig data, long step, Optional<String> position) {
    return CaptionedImages.open(
        data,
        data.openTrain(true),
        new CaptionedImages.Settings(
            SIDE, data.resize(), CaptionConfig.DEFAULT, 1, 0.1, BATCH, 1),
        step,
        position,
        UnusableSamples.REFUSED);
  }

  private static void write(Path folder, int shards, int perShard) {
    byte[][] images = new byte[64][];
    Random random = new Random(1);
    for (int i = 0; i < images.length; i++) {
      BufferedImage image = new BufferedImage(24, 24, BufferedImage.TYPE_INT_RGB);
      for (int p = 0; p < 24 * 24; p++) {
        image.setRGB(p % 24, p / 24, random.nextInt(1 << 24));
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try {
        ImageIO.write(image, "jpg", bytes);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
      images[i] = bytes.toByteArray();
    }
    IntStream.range(0, shards)
        .parallel()
        .forEach(shard -> write(folder, shard, perShard, images));
  }

  private static void write(Path folder, int shard, int perShard, byte[][] images) {
    Path file = folder.resolve(String.format(Locale.ROOT, "%05d.tar", shard));
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20);
        TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
      for (int i = 0; i < perShard; i++) {
        String key = String.format(Locale.ROOT, "%08d", i);
        put(tar, key + ".jpg", images[(shard * 31 + i) % images.length]);
        put(tar, key + ".txt", ("image " + shard + "/" + i).getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void put(TarArchiveOutputStream tar, String name, byte[] bytes)
      throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(bytes.length);
    tar.putArchiveEntry(entry);
    tar.write(bytes);
    tar.closeArchiveEntry();
  }

  private static long heap() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return (runtime.totalMemory() - runtime.freeMemory()) >> 20;
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static void print(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
