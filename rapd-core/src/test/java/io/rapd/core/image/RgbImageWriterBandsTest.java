package io.rapd.core.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class RgbImageWriterBandsTest {
  @TempDir private Path folder;

  /** Bands of {@code rows} rows. */
  private static ImageBands cut(RgbImage image, int rows) {
    return new ImageBands() {
      private int top;

      @Override
      public int height() {
        return image.height();
      }

      @Override
      public int width() {
        return image.width();
      }

      @Override
      public RgbImage next() {
        int height = Math.min(rows, image.height() - top);
        RgbImage band = image.crop(top, 0, height, image.width());
        top += height;
        return band;
      }
    };
  }

  private static RgbImage noise(int height, int width) {
    byte[] rgb = new byte[RgbImage.CHANNELS * height * width];
    new Random(height * 31L + width).nextBytes(rgb);
    return RgbImage.fromRgbBytes(height, width, rgb);
  }

  @ParameterizedTest
  @CsvSource({
    "png, 1, 1, 1", "png, 37, 19, 8", "png, 300, 5, 256", "png, 64, 300, 7",
    "tif, 1, 1, 1", "tif, 300, 515, 40", "tif, 256, 256, 300", "tif, 513, 7, 100",
    "webp, 37, 19, 8", "webp, 1, 1, 1"
  })
  void losslessFormatsHoldTheBandsToTheByte(String name, int height, int width, int rows)
      throws IOException {
    RgbImage image = noise(height, width);
    Path file = folder.resolve("image." + name);
    new RgbImageWriter().write(cut(image, rows), OutputFormat.of(name), Map.of(), file);
    RgbImage read =
        name.equals("tif")
            ? AwtImages.toRgb(ImageIO.read(file.toFile()))
            : new RgbImageReader().read(file);
    assertThat(read.toRgbBytes()).isEqualTo(image.toRgbBytes());
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "300, 515, 40", "256, 256, 300", "513, 7, 100"})
  void bigTiffHoldsTheBandsToTheByte(int height, int width, int rows) throws Exception {
    RgbImage image = noise(height, width);
    Path file = folder.resolve("image.tif");
    new RgbImageWriter(0).write(cut(image, rows), OutputFormat.TIFF, Map.of("prompt", "é"), file);
    BigTiffFile read = BigTiffFile.read(file);
    assertThat(read.pixels()).isEqualTo(image.toRgbBytes());
    assertThat(read.values(256)).containsExactly(width);
    assertThat(read.values(257)).containsExactly(height);
    assertThat(read.values(258)).containsExactly(8, 8, 8);
    assertThat(read.text(270)).isEqualTo("prompt: é");
  }

  @Test
  void jpegIsTheImageUpToItsLoss() {
    float[] planes = new float[3 * 80 * 120];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = (float) Math.sin(i % 120 / 40.0) * (i % 9600 / 9600f);
    }
    RgbImage image = new RgbImage(80, 120, planes);
    Path file = folder.resolve("image.jpg");
    new RgbImageWriter()
        .write(cut(image, 24), OutputFormat.of("JPEG"), Map.of("prompt", "é"), file);
    RgbImage read = new RgbImageReader().read(file);
    for (int y = 0; y < 80; y += 7) {
      for (int x = 0; x < 120; x += 11) {
        assertThat(read.at(1, y, x)).isCloseTo(image.at(1, y, x), within(0.06f));
      }
    }
  }

  @Test
  void pngSaysSrgbAndHoldsTexts() throws IOException {
    Path file = folder.resolve("image.png");
    String prompt = "café 🍎\nsecond line";
    new RgbImageWriter()
        .write(
            ImageBands.of(noise(4, 4)),
            OutputFormat.PNG,
            Map.of("parameters", prompt, "rapd", "{}"),
            file);
    try (ImageInputStream stream = ImageIO.createImageInputStream(file.toFile())) {
      ImageReader reader = ImageIO.getImageReadersBySuffix("png").next();
      reader.setInput(stream);
      Element tree = (Element) reader.getImageMetadata(0).getAsTree("javax_imageio_png_1.0");
      assertThat(tree.getElementsByTagName("sRGB").getLength()).isEqualTo(1);
      NodeList entries = tree.getElementsByTagName("iTXtEntry");
      assertThat(entries.getLength()).isEqualTo(2);
      String found = "";
      for (int i = 0; i < 2; i++) {
        Element entry = (Element) entries.item(i);
        if (entry.getAttribute("keyword").equals("parameters")) {
          found = entry.getAttribute("text");
        }
      }
      assertThat(found).isEqualTo(prompt);
      reader.dispose();
    }
  }

  @Test
  void jpegAndTiffHoldTexts() throws IOException {
    for (String name : new String[] {"jpg", "tif"}) {
      Path file = folder.resolve("image." + name);
      new RgbImageWriter()
          .write(
              ImageBands.of(noise(4, 4)),
              OutputFormat.of(name),
              Map.of("parameters", "red apple, seed 1"),
              file);
      assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
          .as(name)
          .contains("parameters: red apple, seed 1");
    }
  }

  @Test
  void sizesThatAFormatCannotHoldAreRefusedBeforeAnythingIsComputed() {
    ImageBands wide =
        new ImageBands() {
          @Override
          public int height() {
            return 1;
          }

          @Override
          public int width() {
            return 70_000;
          }

          @Override
          public RgbImage next() {
            throw new AssertionError("computed");
          }
        };
    Path file = folder.resolve("image");
    for (OutputFormat format : new OutputFormat[] {OutputFormat.JPEG, OutputFormat.WEBP}) {
      assertThatThrownBy(() -> new RgbImageWriter().write(wide, format, Map.of(), file))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("70000 x 1");
    }
    assertThatThrownBy(() -> OutputFormat.of("gif")).hasMessageContaining("got \"gif\"");
  }

  @Test
  void aFailureWhileRenderingLeavesAnOlderFileAndNothingElse() throws IOException {
    Path file = folder.resolve("image.png");
    Files.writeString(file, "older");
    ImageBands none =
        new ImageBands() {
          @Override
          public int height() {
            return 3;
          }

          @Override
          public int width() {
            return 3;
          }

          @Override
          public RgbImage next() {
            throw new IllegalStateException("stopped");
          }
        };
    assertThatThrownBy(() -> new RgbImageWriter().write(none, OutputFormat.PNG, Map.of(), file))
        .hasMessageContaining("stopped");
    assertThat(file).hasContent("older");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }
}
