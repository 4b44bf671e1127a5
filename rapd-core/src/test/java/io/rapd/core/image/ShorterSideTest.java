package io.rapd.core.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pillow's levels in float; see make_shorter_side.py. */
class ShorterSideTest {
  private static final double LEVEL_TOLERANCE = 0.005;

  static List<JsonNode> cases() throws IOException {
    try (InputStream json =
        ShorterSideTest.class.getResourceAsStream("/images/shorter-side.json")) {
      List<JsonNode> cases = new ArrayList<>();
      new ObjectMapper().readTree(json).forEach(cases::add);
      return cases;
    }
  }

  private static RgbImage image(JsonNode node) {
    byte[] rgb = new byte[node.get("levels").size()];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) node.get("levels").get(i).asInt();
    }
    return RgbImage.fromRgbBytes(node.get("height").asInt(), node.get("width").asInt(), rgb);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsPillow(JsonNode entry) {
    int side = entry.get("side").asInt();
    RgbImage image = image(entry.get("input"));
    assertClose(ShorterSide.halve(image, side), entry.get("halved"));
    assertClose(ShorterSide.resize(image, side), entry.get("resized"));
  }

  private static void assertClose(RgbImage got, JsonNode expected) {
    assertThat(got.height()).isEqualTo(expected.get("height").asInt());
    assertThat(got.width()).isEqualTo(expected.get("width").asInt());
    assertThat(expected.get("levels").size()).isEqualTo(got.planes().length).isPositive();
    for (int i = 0; i < got.planes().length; i++) {
      float value = got.at(i % 3, i / 3 / got.width(), i / 3 % got.width());
      assertThat(127.5 * (value + 1.0))
          .isCloseTo(expected.get("levels").get(i).asDouble(), within(LEVEL_TOLERANCE));
    }
  }

  @Test
  void readHalvedKeepsTheSideThatIsNeeded(@TempDir Path folder) throws IOException {
    RgbImage image = image(cases().get(1).get("input"));
    Path file = folder.resolve("a.png");
    new RgbImageWriter().writePng(image, file);
    byte[] bytes = Files.readAllBytes(file);
    RgbImageReader reader = new RgbImageReader();
    assertThat(reader.readHalved(bytes, "a", 6)).isEqualTo(ShorterSide.halve(image, 6));
    assertThat(reader.readHalved(bytes, "a", 13)).isEqualTo(image);
  }

  @Test
  void aSideWithoutPixelsIsRefused() throws IOException {
    RgbImage image = image(cases().get(0).get("input"));
    assertThatThrownBy(() -> ShorterSide.halve(image, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("side must be positive, got 0");
  }
}
