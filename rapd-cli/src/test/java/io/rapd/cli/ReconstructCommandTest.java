package io.rapd.cli;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.core.metric.Psnr;
import io.rapd.infer.RandomModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReconstructCommandTest {
  @TempDir private Path folder;
  private Path model;
  private Path image;

  @BeforeEach
  void write() {
    model = RandomModel.field(folder.resolve("field"), 4);
    float[] planes = new float[3 * 20 * 30];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = (float) Math.sin(0.1 * i);
    }
    image = folder.resolve("wave.png");
    new RgbImageWriter().writePng(new RgbImage(20, 30, planes), image);
  }

  private Invocation reconstruct(Path file, String... arguments) {
    String[] all = new String[7 + arguments.length];
    String[] first = {
      "reconstruct",
      "--model",
      model.toString(),
      "--image",
      file.toString(),
      "--out",
      folder.resolve("out").toString()
    };
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(arguments, 0, all, first.length, arguments.length);
    return Invocation.of(all);
  }

  @Test
  void rendersAtTheImagesSizeAndTellsThePsnr() {
    Invocation call = reconstruct(image);
    assertThat(call.err()).isEmpty();
    Path file = folder.resolve("out/wave_from-30x20_30x20.png");
    RgbImageReader reader = new RgbImageReader();
    double expected = Psnr.of(reader.read(file), reader.read(image));
    assertThat(call.out()).startsWith(file + "  PSNR ");
    double told = Double.parseDouble(call.out().replaceAll("(?s).*PSNR (\\S+) dB.*", "$1"));
    assertThat(told).as(call.out()).isBetween(expected - 0.05, expected + 0.05);
    assertThat(message("%.2f", told)).isNotEqualTo("NaN");
  }

  @Test
  void shorterSideIsEncodedAtTheSizeAskedFor() {
    Invocation call = reconstruct(image, "--encoder-size", "10", "--size", "30x20", "--size", "8");
    assertThat(call.out())
        .contains("wave_from-15x10_30x20.png  PSNR ")
        .contains("wave_from-15x10_8x8.png\n")
        .hasLineCount(2);
    RgbImage square = new RgbImageReader().read(folder.resolve("out/wave_from-15x10_8x8.png"));
    assertThat(square.height()).isEqualTo(8);
  }

  @Test
  void badInputIsRefusedInOneLine() throws IOException {
    RapdTest.refused(reconstruct(folder.resolve("none.png")), "none.png: expected a readable");
    Path text = Files.writeString(folder.resolve("text.png"), "no image");
    RapdTest.refused(reconstruct(text), "text.png: expected a PNG, JPEG or WebP image");
    RapdTest.refused(
        reconstruct(image, "--encoder-size", "0"), "--encoder-size must be at least 1");
    RapdTest.refused(reconstruct(image, "--encoder-size", "9000"), "choose a smaller");
    RapdTest.refused(reconstruct(image, "--size", "0"), "Invalid value for option '--size'");
    model = RandomModel.denoiser(folder.resolve("denoiser"), RandomModel.DENOISER, "x");
    RapdTest.refused(reconstruct(image), "is a denoiser without its image field");
    assertThat(folder.resolve("out"))
        .satisfiesAnyOf(
            out -> assertThat(out).doesNotExist(), out -> assertThat(out).isEmptyDirectory());
  }
}
