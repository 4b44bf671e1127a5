package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.infer.RandomModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateProbeTest {
  @TempDir private Path folder;
  private Path data;
  private Path out;

  /** Dark and bright images, in folders of these names. */
  @BeforeEach
  void write() {
    data = folder.resolve("data");
    out = folder.resolve("out");
    Random random = new Random(5);
    for (int i = 0; i < 60; i++) {
      byte[] rgb = new byte[8 * 8 * 3];
      for (int p = 0; p < rgb.length; p++) {
        rgb[p] = (byte) (random.nextInt(90) + (i % 2 == 0 ? 0 : 120));
      }
      String name = (i % 2 == 0 ? "dark/" : "bright/") + i + ".png";
      new RgbImageWriter().writePng(RgbImage.fromRgbBytes(8, 8, rgb), data.resolve(name));
    }
  }

  private Invocation evaluate(String... arguments) {
    List<String> all = new ArrayList<>(List.of("evaluate", "probe", "--pool", "2"));
    all.addAll(List.of("--data", data.toString(), "--out", out.toString()));
    all.addAll(List.of(arguments));
    return Invocation.of(all.toArray(new String[0]));
  }

  @Test
  void classesThatTheImagesShowAreFound() throws IOException {
    Path model = RandomModel.field(folder.resolve("field"), 4);
    Invocation call = evaluate("--size", "8", "--labels", "folder", "--model", "random=" + model);
    assertThat(call.status()).as(call.err()).isZero();
    assertThat(call.out())
        .contains("| pixels | 12 | 100.0 % | 100.0 % | 100.0 % |")
        .contains("| random | 16 | 100.0 % | 100.0 % | 100.0 % |")
        .contains("| none: the most frequent class | 0 | ");
    assertThat(Files.readString(out.resolve("report.html")))
        .contains("of 2 classes", "<td class=name>bright</td>");
    assertThat(Files.readAllLines(out.resolve("classes.csv"))).hasSize(1 + 2 * 2);
  }

  @Test
  void badInputIsToldInOneLine() {
    RapdTest.refused(evaluate(), "expected images of at least 2 classes, found 0; the first key");
    RapdTest.refused(
        evaluate("--labels", "folder", "--size", "9"), "(9) must be a multiple of the 2");
    RapdTest.refused(evaluate("--labels", "folder", "--l2", "-1"), "l2 must be 0 or positive");
    RapdTest.refused(evaluate("--labels", "none.csv"), "none.csv: expected a readable text file");
    RapdTest.refused(evaluate("--labels", "folder", "--model", "pixels=x"), "the baseline's");
  }
}
