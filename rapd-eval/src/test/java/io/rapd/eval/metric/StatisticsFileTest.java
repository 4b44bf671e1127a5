package io.rapd.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatisticsFileTest {
  @TempDir private Path folder;

  private Path resource(String name) throws IOException {
    Path file = folder.resolve(name);
    try (InputStream stream = StatisticsFileTest.class.getResourceAsStream(name)) {
      Files.copy(Objects.requireNonNull(stream, name), file);
    }
    return file;
  }

  /** Written by NumPy: mu = [1, -2.5, 3e-3], sigma = [[2, .5, 0], [.5, 1, -.25], [0, -.25, 4]]. */
  @ParameterizedTest
  @ValueSource(strings = {"savez.npz", "savez-compressed.npz", "fortran.npz", "float32.npz"})
  void filesOfNumpyAreRead(String name) throws IOException {
    FeatureStatistics statistics = StatisticsFile.read(resource(name));
    double third = name.equals("float32.npz") ? 3e-3f : 3e-3;
    assertThat(statistics.mean()).containsExactly(1, -2.5, third);
    assertThat(statistics.covariance()).containsExactly(2, .5, 0, .5, 1, -.25, 0, -.25, 4);
  }

  @Test
  void whatIsWrittenReadsBackAndIsTheSameEveryTime() throws IOException {
    FeatureStatistics statistics =
        new FeatureStatistics(new double[] {0.1, -1e300}, new double[] {1, Math.PI, Math.PI, 4});
    StatisticsFile.write(folder.resolve("a.npz"), statistics);
    StatisticsFile.write(folder.resolve("b.npz"), statistics);
    FeatureStatistics again = StatisticsFile.read(folder.resolve("a.npz"));
    assertThat(again.mean()).isEqualTo(statistics.mean());
    assertThat(again.covariance()).isEqualTo(statistics.covariance());
    assertThat(folder.resolve("a.npz")).hasSameBinaryContentAs(folder.resolve("b.npz"));
  }

  /** Every damaged file is refused by a message that names it, or read as statistics. */
  @Test
  void damagedFilesNeverFailInAnotherWay() throws IOException {
    byte[][] originals = {
      Files.readAllBytes(resource("savez.npz")), Files.readAllBytes(resource("fortran.npz"))
    };
    Path file = folder.resolve("damaged.npz");
    Random random = new Random(7);
    int refused = 0;
    for (int i = 0; i < 4000; i++) {
      byte[] bytes = originals[i % 2].clone();
      for (int change = random.nextInt(4); change >= 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      if (i % 5 == 0) {
        bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length));
      }
      Files.write(file, bytes);
      try {
        assertThat(StatisticsFile.read(file).dimensions()).isPositive();
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageStartingWith(file + ": expected an .npz file");
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(2000);
  }

  @Test
  void otherFilesAreRefused() throws IOException {
    Path missing = folder.resolve("none.npz");
    assertThatThrownBy(() -> StatisticsFile.read(missing))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(missing + ": expected an .npz file, found none");
    for (String name : new String[] {"images.npz", "integers.npz", "asymmetric.npz"}) {
      Path file = resource(name);
      assertThatThrownBy(() -> StatisticsFile.read(file))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              switch (name) {
                case "images.npz" -> "it has no array mu";
                case "integers.npz" -> "mu.npy must hold float32 or float64, got <i8";
                default -> "sigma must be symmetric";
              });
    }
  }
}
