package io.rapd.core.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.rapd.core.fixture.Fixture;
import io.rapd.core.grid.Region;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ResamplerTest {
  private static RgbImage noise(Random random, int height, int width) {
    float[] planes = new float[3 * height * width];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = random.nextFloat() * 2 - 1;
    }
    return new RgbImage(height, width, planes);
  }

  @ParameterizedTest
  @EnumSource
  void keepsAConstantAtAnySize(Resampling method) {
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      int height = 1 + random.nextInt(40);
      int width = 1 + random.nextInt(40);
      float[] planes = new float[3 * height * width];
      Arrays.fill(planes, 0.75f);
      RgbImage out =
          Resampler.resize(
              new RgbImage(height, width, planes),
              method,
              1 + random.nextInt(60),
              1 + random.nextInt(60));
      Arrays.fill(planes = new float[out.planes().length], 0.75f);
      Fixture.assertClose("constant", out.planes(), planes, 1e-5);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSameSizeIsTheSameImage(Resampling method) {
    RgbImage image = noise(new Random(2), 7, 5);
    assertThat(Resampler.resize(image, method, 7, 5)).isEqualTo(image);
  }

  @ParameterizedTest
  @EnumSource
  void aMirroredImageResizesToTheMirroredResult(Resampling method) {
    RgbImage image = noise(new Random(3), 6, 13);
    float[] one = Resampler.resize(image.flipHorizontally(), method, 9, 5).planes();
    float[] other = Resampler.resize(image, method, 9, 5).flipHorizontally().planes();
    assertThat(one).containsExactly(other, within(1e-5f));
  }

  @ParameterizedTest
  @EnumSource
  void aPartIsTheSamePartOfTheWhole(Resampling method) {
    Random random = new Random(4);
    for (int round = 0; round < 50; round++) {
      int height = 1 + random.nextInt(30);
      int width = 1 + random.nextInt(30);
      RgbImage image = noise(random, 1 + random.nextInt(30), 1 + random.nextInt(30));
      int partHeight = 1 + random.nextInt(height);
      int partWidth = 1 + random.nextInt(width);
      int top = random.nextInt(height - partHeight + 1);
      int left = random.nextInt(width - partWidth + 1);
      Resampler resampler = new Resampler(method, image.height(), image.width(), height, width);
      assertThat(resampler.apply(image, new Region(top, left, partHeight, partWidth)))
          .isEqualTo(resampler.apply(image).crop(top, left, partHeight, partWidth));
    }
  }

  @Test
  void aPartOfAnEnormousResultNeedsLittleMemory() {
    Resampler resampler = new Resampler(Resampling.BICUBIC, 1, 5_000, 400, 2_000_000);
    RgbImage part = resampler.apply(noise(new Random(5), 1, 5_000), new Region(0, 999_800, 400, 4));
    assertThat(part.width()).isEqualTo(4);
  }

  /** Numbers of Pillow 13.0.0: a float image of one row, resized with LANCZOS. */
  @Test
  void lanczosIsThatOfPillow() {
    float[] row = {0.1f, -0.7f, 0.9f, 0.3f, -0.2f, 0.8f, -1.0f};
    float[] planes = new float[3 * row.length];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = row[i % row.length];
    }
    RgbImage image = new RgbImage(1, row.length, planes);
    float[] larger = {
      0.228344f,
      -0.381127f,
      -0.637171f,
      0.524705f,
      0.969057f,
      0.3f,
      -0.280832f,
      0.128405f,
      0.844938f,
      -0.178776f,
      -1.2095f
    };
    float[] smaller = {-0.072718f, 0.387512f, -0.133812f};
    for (float[] expected : List.of(larger, smaller)) {
      RgbImage resized = Resampler.resize(image, Resampling.LANCZOS, 1, expected.length);
      for (int x = 0; x < expected.length; x++) {
        assertThat(resized.at(1, 0, x)).isCloseTo(expected[x], Offset.offset(2e-6f));
      }
    }
  }

  @Test
  void otherSizesAndPartsOutsideAreRefused() {
    Resampler resampler = new Resampler(Resampling.BOX, 4, 6, 8, 8);
    RgbImage image = noise(new Random(6), 6, 4);
    assertThatThrownBy(() -> resampler.apply(image))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("image must be 4 x 6, got 6 x 4");
    assertThatThrownBy(() -> resampler.apply(noise(new Random(7), 4, 6), new Region(1, 0, 8, 8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("part must lie inside 8 x 8, got top 1, left 0, 8 x 8");
    assertThatThrownBy(() -> new Resampler(Resampling.BOX, 4, 6, 0, 8))
        .hasMessage("an image must hold a pixel, got 0 x 8");
    assertThatThrownBy(() -> Resampler.resize(image, Resampling.AREA, 100_000, 100_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("100000 x 100000");
  }
}
