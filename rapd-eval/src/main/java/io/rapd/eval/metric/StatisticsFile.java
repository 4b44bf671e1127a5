package io.rapd.eval.metric;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import io.rapd.core.checkpoint.AtomicFile;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Feature statistics as {@code pytorch_fid} and its relatives store them: an {@code .npz} file with
 * the arrays {@code mu} (D) and {@code sigma} (D, D).
 */
public final class StatisticsFile {
  /** More would not fit an array of Java. */
  private static final int MAX_DIMENSIONS = 32_768;

  private static final double ASYMMETRY = 1e-6;

  private StatisticsFile() {}

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException if it cannot be read or is no such file; the message says what
   *     was expected
   */
  public static FeatureStatistics read(Path file) {
    check(Files.isRegularFile(file), "%s: expected an .npz file, found none", file);
    try (ZipFile zip = new ZipFile(file.toFile())) {
      NpyArray mean = array(zip, "mu.npy");
      check(
          mean.shape().length == 1 && mean.shape()[0] >= 1 && mean.shape()[0] <= MAX_DIMENSIONS,
          "mu must have one axis of 1 to %d, got %s",
          MAX_DIMENSIONS,
          mean.shapeText());
      NpyArray covariance = array(zip, "sigma.npy");
      int width = mean.shape()[0];
      check(
          covariance.shape().length == 2
              && covariance.shape()[0] == width
              && covariance.shape()[1] == width,
          "sigma must be (%d, %d) for mu of %d values, got %s",
          width,
          width,
          width,
          covariance.shapeText());
      // Fortran order is the transpose, and the matrix is symmetric.
      FeatureStatistics statistics = new FeatureStatistics(mean.values(), covariance.values());
      double scale = 0;
      for (int d = 0; d < width; d++) {
        scale = Math.max(scale, Math.abs(covariance.values()[d * width + d]));
      }
      check(
          statistics.asymmetry() <= ASYMMETRY * scale,
          "sigma must be symmetric, got a difference of %s from its transpose",
          statistics.asymmetry());
      return statistics;
    } catch (IOException | RuntimeException e) {
      String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new IllegalArgumentException(
          message("%s: expected an .npz file with mu and sigma: %s", file, reason), e);
    }
  }

  private static NpyArray array(ZipFile zip, String name) throws IOException {
    ZipEntry entry = zip.getEntry(name);
    check(entry != null, "it has no array %s", name.substring(0, name.length() - ".npy".length()));
    try (var stream = zip.getInputStream(entry)) {
      return NpyArray.read(name, stream, 8L * MAX_DIMENSIONS * MAX_DIMENSIONS);
    }
  }

  /** Writes a file, completely or not at all. */
  public static void write(Path file, FeatureStatistics statistics) {
    int width = statistics.dimensions();
    AtomicFile.write(
        file,
        channel -> {
          ZipOutputStream zip = new ZipOutputStream(Channels.newOutputStream(channel));
          put(zip, "mu.npy", new NpyArray(new int[] {width}, statistics.mean()));
          put(zip, "sigma.npy", new NpyArray(new int[] {width, width}, statistics.covariance()));
          zip.finish();
        });
  }

  private static void put(ZipOutputStream zip, String name, NpyArray array) throws IOException {
    byte[] bytes = array.bytes();
    CRC32 checksum = new CRC32();
    checksum.update(bytes);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(checksum.getValue());
    entry.setTimeLocal(java.time.LocalDateTime.of(1980, 1, 1, 0, 0));
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }
}
