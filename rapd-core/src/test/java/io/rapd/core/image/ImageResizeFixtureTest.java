package io.rapd.core.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Fixture;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Pillow's levels within 1, PyTorch's values within the tolerance of the fixtures. */
class ImageResizeFixtureTest {
  private static final double TOLERANCE = 2e-5;
  private static final Map<String, Resampling> METHODS =
      Map.of(
          "pil_bicubic", Resampling.BICUBIC,
          "pil_box", Resampling.BOX,
          "torch_bicubic", Resampling.BICUBIC_SAMPLED,
          "torch_bicubic_aa", Resampling.BICUBIC,
          "torch_area", Resampling.AREA,
          "torch_bilinear_aa", Resampling.BILINEAR);

  private final Fixture fixture = Fixture.load("image_resize");

  @Test
  void everyOutputAgrees() {
    Set<String> outputs = new TreeSet<>(fixture.keys());
    outputs.removeIf(key -> !key.startsWith("out."));
    Set<Resampling> seen = new TreeSet<>();
    for (String key : outputs) {
      int dash = key.lastIndexOf('_');
      String name = key.substring("out.".length(), dash);
      boolean down = key.substring(dash + 1).equals("down");
      assertThat(METHODS).containsKey(name);
      seen.add(METHODS.get(name));
      if (name.startsWith("pil_")) {
        assertLevels(key, METHODS.get(name), down);
      } else {
        assertValues(key, METHODS.get(name), down);
      }
    }
    Set<Resampling> covered = EnumSet.allOf(Resampling.class);
    covered.remove(Resampling.LANCZOS); // ResamplerTest has Pillow's numbers
    assertThat(seen).isEqualTo(covered);
  }

  private void assertLevels(String key, Resampling method, boolean down) {
    int[] levels = fixture.bytes(down ? "in.rgb_big" : "in.rgb_small");
    byte[] rgb = new byte[levels.length];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) levels[i];
    }
    RgbImage image = RgbImage.fromRgbBytes(height(down), width(down), rgb);
    byte[] got = resizedInLevels(image, method, height(!down), width(!down)).toRgbBytes();
    int[] expected = fixture.bytes(key);
    assertThat(got).hasSameSizeAs(expected);
    Map<Integer, Integer> differences = new TreeMap<>();
    for (int i = 0; i < expected.length; i++) {
      differences.merge(Math.abs((got[i] & 0xff) - expected[i]), 1, Integer::sum);
    }
    assertThat(differences.keySet()).as(key).isSubsetOf(0, 1);
  }

  /** Pillow resizes rows and clips them to 8 bits before it resizes columns; we clip nothing. */
  private static RgbImage resizedInLevels(
      RgbImage image, Resampling method, int height, int width) {
    RgbImage rows = Resampler.resize(image, method, image.height(), width);
    for (int i = 0; i < rows.planes().length; i++) {
      rows.planes()[i] = Math.max(-1, Math.min(1, rows.planes()[i]));
    }
    return Resampler.resize(rows, method, height, width);
  }

  private void assertValues(String key, Resampling method, boolean down) {
    int[] levels = fixture.bytes(down ? "in.rgb_big" : "in.rgb_small");
    int area = levels.length / 3;
    float[] planes = new float[levels.length];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = levels[i % area * 3 + i / area] / 255f;
    }
    RgbImage image = new RgbImage(height(down), width(down), planes);
    RgbImage got = Resampler.resize(image, method, height(!down), width(!down));
    assertThat(fixture.shape(key)).containsExactly(1, 3, height(!down), width(!down));
    Fixture.assertClose(key, got.planes(), fixture.floats(key), TOLERANCE);
  }

  private int height(boolean big) {
    return size(big).get(1).asInt();
  }

  private int width(boolean big) {
    return size(big).get(0).asInt();
  }

  private JsonNode size(boolean big) {
    return fixture.config().get(big ? "big" : "small");
  }
}
