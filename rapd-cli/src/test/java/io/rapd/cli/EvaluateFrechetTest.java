package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.core.fixture.Fixture;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.core.torch.TorchScriptFile;
import io.rapd.eval.metric.FeatureStatistics;
import io.rapd.eval.metric.StatisticsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateFrechetTest {
  /** Called as Inception is; 8 features of the channels' means and mean squares. */
  static final String NETWORK =
      """
      def forward(self, images: Tensor, return_features: bool) -> Tensor:
        x = torch.div(torch.to(images, 6), 255)
        both = torch.cat([torch.mean(x, [2, 3]), torch.mean(torch.mul(x, x), [2, 3])], 1)
        rows = torch.reshape(torch.arange(6, dtype=6), [6, 1])
        columns = torch.mul(torch.arange(8, dtype=6), 5)
        return torch.matmul(both, torch.sin(torch.add(rows, columns)))
      """;

  @TempDir private Path folder;

  private String images(String name, int count, int seed) {
    Random random = new Random(seed);
    for (int i = 0; i < count; i++) {
      byte[] rgb = new byte[20 * 24 * 3];
      random.nextBytes(rgb);
      for (int p = 0; p < rgb.length; p++) {
        rgb[p] = (byte) (((rgb[p] & 255) >> (1 + p % 3)) + 7 * i);
      }
      RgbImage image = RgbImage.fromRgbBytes(20, 24, rgb);
      new RgbImageWriter().writePng(image, folder.resolve(name).resolve(i + ".png"));
    }
    return folder.resolve(name).toString();
  }

  private static double distance(Invocation call, int row) {
    assertThat(call.err()).as(call.out()).doesNotContain("rapd evaluate");
    assertThat(call.status()).isZero();
    List<String> rows = call.out().lines().filter(line -> line.startsWith("| ")).toList();
    String[] cells = rows.get(1 + row).split(" \\| ");
    return Double.parseDouble(cells[cells.length - 1].replace(" |", ""));
  }

  @Test
  void statisticsGiveTheDistanceOfTheFixture() {
    Fixture fixture = Fixture.load("metrics");
    for (String set : List.of("1", "2")) {
      StatisticsFile.write(
          folder.resolve(set + ".npz"),
          new FeatureStatistics(
              fixture.doubles("out.mu" + set), fixture.doubles("out.sigma" + set)));
    }
    String first = folder.resolve("1.npz").toString();
    String second = folder.resolve("2.npz").toString();
    double expected = fixture.doubles("out.frechet")[0];
    assertThat(distance(Invocation.of("evaluate", "frechet", first, second), 0))
        .isCloseTo(expected, Offset.offset(1e-4));
    assertThat(distance(Invocation.of("evaluate", "frechet", first, first), 0)).isLessThan(1e-6);
  }

  @Test
  void foldersAreComparedByImageAndByPatchAndStatisticsCanBeKept() throws IOException {
    Path network = TorchScriptFile.write(folder.resolve("inception.pt"), NETWORK);
    String a = images("a", 20, 1);
    String b = images("b", 6, 2);
    String saved = folder.resolve("a.npz").toString();
    String[] options = {"--inception", network.toString(), "--patch", "12"};
    Invocation call =
        Invocation.of(
            "evaluate",
            "frechet",
            a,
            b,
            options[0],
            options[1],
            options[2],
            options[3],
            "--save",
            saved);
    double whole = distance(call, 0);
    assertThat(whole).isPositive();
    assertThat(distance(call, 1)).isNotEqualTo(whole);
    assertThat(call.out()).contains("patches of 12", "| 80 | 24 |", "Inception SHA-256: ");
    assertThat(call.err())
        .contains("whole images: " + b + ": 6 feature vectors for 8 dimensions: the covariance is")
        .doesNotContain(a + ": 20");
    Invocation again = Invocation.of("evaluate", "frechet", saved, b, options[0], options[1]);
    assertThat(distance(again, 0)).isEqualTo(whole);
    assertThat(again.out()).contains("not stored");
    assertThat(distance(Invocation.of("evaluate", "frechet", a, a, options[0], options[1]), 0))
        .isLessThan(1e-6);
  }

  @Test
  void badInputIsToldInOneLine() throws IOException {
    String a = images("a", 1, 1);
    Path network = TorchScriptFile.write(folder.resolve("inception.pt"), NETWORK);
    String missing = folder.resolve("none.npz").toString();
    Path damaged = Files.writeString(folder.resolve("damaged.npz"), "PK no archive");
    RapdTest.refused(
        Invocation.of("evaluate", "frechet", a, a), "expected --inception for the images of " + a);
    RapdTest.refused(
        Invocation.of("evaluate", "frechet", a, a, "--inception", network.toString()),
        a + ": a covariance needs at least 2 feature vectors, got 1");
    RapdTest.refused(
        Invocation.of("evaluate", "frechet", missing, missing),
        "expected an .npz file, found none");
    RapdTest.refused(
        Invocation.of("evaluate", "frechet", damaged.toString(), missing),
        "damaged.npz: expected an .npz file with mu and sigma");
    RapdTest.refused(
        Invocation.of("evaluate", "frechet", missing, missing, "--patch", "8"), "needs images");
    Files.createDirectories(folder.resolve("empty"));
    RapdTest.refused(
        Invocation.of(
            "evaluate",
            "frechet",
            folder.resolve("empty").toString(),
            a,
            "--inception",
            network.toString()),
        "empty: expected images");
  }
}
