package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.image.OutputFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class ImageFileNameTest {
  private static final ImageSize SIZE = new ImageSize(768, 1024);

  @Test
  void plainPromptsAreReadable() {
    assertThat(ImageFileName.of("red apple", 1, SIZE, OutputFormat.PNG))
        .isEqualTo("red-apple_seed-1_1024x768.png");
    assertThat(ImageFileName.of("3 cats", -5, SIZE, OutputFormat.PNG))
        .isEqualTo("3-cats_seed--5_1024x768.png");
  }

  @Test
  void differentPromptsHaveDifferentNames() {
    Stream<String> prompts =
        Stream.of(
            "red apple",
            "Red apple",
            "red  apple",
            "red-apple",
            "red apple!",
            "red apple?",
            "",
            " ",
            "🍎",
            "🚗",
            "é",
            "e",
            "../../etc/passwd",
            "a".repeat(10_000),
            "a".repeat(10_001));
    assertThat(prompts.map(prompt -> ImageFileName.of(prompt, 0, SIZE, OutputFormat.PNG)).toList())
        .doesNotHaveDuplicates()
        .allMatch(name -> name.matches("[a-z0-9-]{1,69}_seed-0_1024x768\\.png"), "safe and short");
  }

  @Test
  void reconstructionsNameBothSizes() {
    assertThat(
            ImageFileName.ofReconstruction(
                "cat.webp", new ImageSize(48, 64), SIZE, OutputFormat.PNG))
        .isEqualTo("cat_from-64x48_1024x768.png");
  }

  @ParameterizedTest
  @CsvSource({"7, 7, 7", "1024x768, 1024, 768", "1X2, 1, 2"})
  void sizesAreWidthByHeight(String text, int width, int height) {
    assertThat(ImageSize.parse(text)).isEqualTo(new ImageSize(height, width));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "-5",
        "0x7",
        "7x0",
        "x7",
        "7x",
        "1x2x3",
        "1.5",
        "1048577x1",
        "9999999999"
      })
  void otherSizesAreRefused(String text) {
    assertThatThrownBy(() -> ImageSize.parse(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("expected");
  }

  @Test
  void imagesBeyondTheHeapAreRefusedEarly() {
    new ImageSize(64, 64).requireHeap(OutputFormat.WEBP);
    new ImageSize(26_000, 26_000).requireHeap(OutputFormat.PNG); // rendered in bands
    assertThatThrownBy(() -> new ImageSize(26_000, 26_000).requireHeap(OutputFormat.WEBP))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--size 26000x26000 needs 17406 MB of Java heap");
  }
}
