package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.core.metric.Psnr;
import io.rapd.infer.RandomModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateReconstructionTest {
  @TempDir private Path folder;
  private Path data;
  private Path out;
  private RgbImage image;

  @BeforeEach
  void write() {
    data = folder.resolve("data");
    out = folder.resolve("out");
    byte[] rgb = new byte[48 * 48 * 3];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) (128 + 100 * Math.sin(0.004 * i) * Math.cos(0.5 * i));
    }
    image = RgbImage.fromRgbBytes(48, 48, rgb);
    new RgbImageWriter().writePng(image, data.resolve("a.png"));
    new RgbImageWriter().writePng(image.flipHorizontally(), data.resolve("b.png"));
  }

  private Invocation evaluate(String... arguments) {
    List<String> all = new ArrayList<>(List.of("evaluate", "reconstruction"));
    all.addAll(List.of("--data", data.toString(), "--out", out.toString(), "--size", "48"));
    all.addAll(List.of(arguments));
    return Invocation.of(all.toArray(new String[0]));
  }

  @Test
  void theTableHoldsTheMeansOfEachMethodAndACallContinuesTheLast() throws IOException {
    Path model = RandomModel.field(folder.resolve("field"), 4);
    String[] arguments = {"--scale", "2,3", "--model", "mine=" + model};
    Invocation first = evaluate(arguments);
    assertThat(first.status()).as(first.err()).isZero();
    RgbImage small = Resampler.resize(image, Resampling.BICUBIC, 16, 16);
    double psnr = Psnr.of(Resampler.resize(small, Resampling.LANCZOS, 48, 48), image);
    List<String> rows = Files.readAllLines(out.resolve("table.csv"));
    assertThat(rows).hasSize(1 + 2 * 3);
    String[] lanczos = rows.get(5).split(",", -1);
    assertThat(lanczos).startsWith("3.0", "\"Lanczos\"", "2");
    assertThat(Double.parseDouble(lanczos[3])).isCloseTo(psnr, Offset.offset(2e-3));
    assertThat(first.out()).contains("| 2x | mine | 2 | ");
    assertThat(Files.readString(out.resolve("report.html"))).contains("<svg", "base64,iVBOR");

    Path values = out.resolve("values.jsonl");
    List<String> all = Files.readAllLines(values);
    assertThat(all).hasSize(1 + 2 * 2 * 3);
    String cut = String.join("\n", all.subList(0, 5)) + "\n{\"image\":\"b\",\"sc";
    Files.writeString(values, cut);
    assertThat(evaluate(arguments).out()).isEqualTo(first.out());
    assertThat(Files.readAllLines(values)).containsExactlyElementsOf(all);
  }

  @Test
  void valuesOfOtherSettingsAndBadInputAreRefused() throws IOException {
    assertThat(evaluate("--scale", "2").status()).isZero();
    Invocation other = evaluate("--scale", "2", "--split", "train");
    assertThat(other.status()).isEqualTo(2);
    Path values = out.resolve("values.jsonl");
    List<String> lines = new ArrayList<>(Files.readAllLines(values));
    lines.set(2, "{}");
    Files.write(values, lines);
    assertThat(evaluate("--scale", "2").err())
        .contains("values.jsonl: line 3: expected a measurement, found {}");
    assertThat(evaluate("--scale", "0.5").err()).contains("a scale must lie between 1 and");
    assertThat(evaluate("--model", "x=" + folder.resolve("none")).status()).isEqualTo(2);
    Files.createDirectories(folder.resolve("empty"));
    data = folder.resolve("empty");
    assertThat(evaluate().err()).contains("empty: expected images");
  }
}
