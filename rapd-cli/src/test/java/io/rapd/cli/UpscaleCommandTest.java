package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.infer.ImageField;
import io.rapd.infer.ImageToField;
import io.rapd.infer.RandomModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpscaleCommandTest {
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

  private Invocation upscale(String... arguments) {
    String[] all = new String[7 + arguments.length];
    String[] first = {
      "upscale", "--model", model.toString(), "--image", image.toString(), "--out", folder + "/out"
    };
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(arguments, 0, all, first.length, arguments.length);
    return Invocation.of(all);
  }

  @Test
  void writesTheFieldOfTheImageAtTheScaledSize() {
    Invocation call = upscale("--scale", "3.7");
    assertThat(call.err()).isEmpty();
    Path file = folder.resolve("out/wave_111x74.png");
    assertThat(call.out()).isEqualTo(file + "\n");
    RgbImageReader reader = new RgbImageReader();
    try (ImageToField encoder = ImageToField.load(model);
        ImageField field = encoder.encode(reader.read(image))) {
      byte[] rgb = field.renderAtResolution(74, 111).toRgbBytes();
      assertThat(reader.read(file).planes())
          .containsExactly(RgbImage.fromRgbBytes(74, 111, rgb).planes(), within(0.01f));
    }
  }

  @Test
  void sizesReplaceTheScale() {
    assertThat(upscale("--size", "45x30", "--size", "64").out().lines())
        .containsExactly(folder + "/out/wave_45x30.png", folder + "/out/wave_64x64.png");
  }

  @Test
  void badValuesAreRefusedInOneLine() {
    for (String scale : List.of("0", "0.5", "-2", "65", "NaN", "Infinity")) {
      RapdTest.refused(upscale("--scale", scale), "--scale must be 1 to 64, got ");
    }
    RapdTest.refused(upscale("--scale", "big"), "'big' is not a double");
    RapdTest.refused(
        Invocation.of("upscale", "--image", image.toString(), "--out", folder.toString()),
        "rapd upscale: --model is missing: expected a folder");
    image = folder.resolve("none.png");
    RapdTest.refused(upscale(), "none.png: expected a readable");
    assertThat(Files.exists(folder.resolve("out/wave_60x40.png"))).isFalse();
  }
}
