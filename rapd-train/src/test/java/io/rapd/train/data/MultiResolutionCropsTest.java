package io.rapd.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import java.nio.file.Path;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MultiResolutionCropsTest {
  private static final int R = 8;

  @TempDir Path folder;

  /** Every pixel differs: a crop tells where it comes from. */
  private FolderSource numbered(int height, int width, int samples) {
    for (int i = 0; i < samples; i++) {
      int sample = i;
      byte[] png = ImageFiles.png(height, width, (y, x) -> sample << 16 | y << 8 | x);
      ImageFiles.write(folder, "p" + i, png);
    }
    return new FolderSource(folder, DataSelection.of(Split.ALL, false));
  }

  private static Steps<MultiResolutionCrops.Batch> crops(
      FolderSource source, double maxScale, boolean flip, long seed) {
    return MultiResolutionCrops.withRandomAccess(
        source,
        1 << 24,
        new MultiResolutionCrops.Settings(
            new CropConfig(R, maxScale, flip, 0), ResizeConfig.DEFAULT, 2, seed),
        UnusableSamples.REFUSED);
  }

  @Test
  void theTargetIsAPartOfTheImageAndTheInputIsTheTargetReduced() {
    FolderSource source = numbered(40, 50, 3);
    Steps<MultiResolutionCrops.Batch> crops = crops(source, 4, false, 1);
    TreeSet<Integer> sides = new TreeSet<>();
    TreeSet<Integer> tops = new TreeSet<>();
    TreeSet<Integer> lefts = new TreeSet<>();
    for (int step = 1; step <= 300; step++) {
      MultiResolutionCrops.Batch batch = crops.batch(step);
      int side = batch.targets().get(0).height();
      sides.add(side);
      for (int i = 0; i < 2; i++) {
        RgbImage target = batch.targets().get(i);
        assertThat(target.height()).isEqualTo(side);
        assertThat(target.width()).isEqualTo(side);
        byte[] rgb = target.toRgbBytes();
        int top = rgb[1];
        int left = rgb[2];
        tops.add(top);
        lefts.add(left);
        Sample sample = source.read(rgb[0]);
        RgbImage image = new RgbImageReader().read(sample.image(), sample.imageName());
        assertThat(target).isEqualTo(image.crop(top, left, side, side));
        assertThat(batch.inputs().get(i))
            .isEqualTo(Resampler.resize(target, Resampling.BICUBIC, R, R));
      }
    }
    assertThat(sides.first()).isEqualTo(R);
    assertThat(sides.last()).isEqualTo(4 * R);
    assertThat(sides).hasSize(3 * R + 1); // every one
    assertThat(tops.first()).isZero();
    assertThat(tops.last()).isBetween(25, 40 - R);
    assertThat(lefts.first()).isZero();
    assertThat(lefts.last()).isBetween(35, 50 - R);
  }

  /** s ~ U(1, s_max): the sides' mean is that of the law. */
  @Test
  void scalesAreUniform() {
    Steps<MultiResolutionCrops.Batch> crops = crops(numbered(32, 32, 1), 4, false, 2);
    int steps = 2_000;
    double sum = 0;
    int below = 0;
    for (int step = 1; step <= steps; step++) {
      int side = crops.batch(step).targets().get(0).height();
      sum += side;
      below += side < 2 * R ? 1 : 0;
    }
    double deviation = 3 * R / Math.sqrt(12 * steps);
    assertThat(sum / steps).isBetween(2.5 * R - 5 * deviation, 2.5 * R + 5 * deviation);
    // s below 2 - 1/(2 R) rounds to a side below 2 R.
    double expected = (1 - 0.5 / R) / 3;
    assertThat((double) below / steps).isBetween(expected - 0.055, expected + 0.055);
  }

  @Test
  void aScaleOfOneTrainsAtTheEncodersSize() {
    Steps<MultiResolutionCrops.Batch> crops = crops(numbered(20, 20, 2), 1, true, 3);
    for (int step = 1; step <= 20; step++) {
      MultiResolutionCrops.Batch batch = crops.batch(step);
      assertThat(batch.targets().get(1).height()).isEqualTo(R);
      assertThat(batch.inputs()).isEqualTo(batch.targets());
    }
  }

  @Test
  void halfOfTheCropsAreMirrored() {
    Steps<MultiResolutionCrops.Batch> crops = crops(numbered(32, 32, 1), 2, true, 4);
    int mirrored = 0;
    for (int step = 1; step <= 200; step++) {
      for (RgbImage target : crops.batch(step).targets()) {
        byte[] rgb = target.toRgbBytes();
        mirrored += rgb[2] > rgb[5] ? 1 : 0;
      }
    }
    assertThat(mirrored).isBetween(150, 250); // of 400, standard deviation 10
  }

  @Test
  void smallImagesAreEnlarged() {
    byte[] png = ImageFiles.png(3, 7, 0x4080c0);
    ImageFiles.write(folder, "small", png);
    ImageFiles.write(folder, "thin", ImageFiles.png(1, 900, 0x4080c0));
    Steps<MultiResolutionCrops.Batch> crops =
        crops(new FolderSource(folder, DataSelection.of(Split.ALL, false)), 4, true, 5);
    for (int step = 1; step <= 30; step++) {
      for (RgbImage target : crops.batch(step).targets()) {
        byte[] rgb = target.toRgbBytes();
        for (int i = 0; i < rgb.length; i += 3) {
          assertThat(rgb[i]).isEqualTo((byte) 0x40);
          assertThat(rgb[i + 2]).isEqualTo((byte) 0xc0);
        }
      }
    }
  }

  @Test
  void theBatchIsAFunctionOfSeedAndStep() {
    FolderSource source = numbered(30, 30, 5);
    Steps<MultiResolutionCrops.Batch> one = crops(source, 3, true, 7);
    Steps<MultiResolutionCrops.Batch> other = crops(source, 3, true, 7);
    Random random = new Random(1);
    for (int i = 0; i < 50; i++) {
      long step = 1 + random.nextInt(1_000);
      assertThat(other.batch(step)).isEqualTo(one.batch(step));
    }
    assertThat(crops(source, 3, true, 8).batch(1)).isNotEqualTo(one.batch(1));
    assertThat(one.batch(2)).isNotEqualTo(one.batch(1));
  }

  @Test
  void impossibleSettingsAreRefused() {
    assertThatThrownBy(() -> new CropConfig(0, 2, false, 0))
        .hasMessage("crop.encoderSize must be positive, got 0");
    assertThatThrownBy(() -> new CropConfig(8, 0.5, false, 0))
        .hasMessage("crop.maxScale must be between 1 and 64, got 0.5");
    assertThatThrownBy(() -> new CropConfig(8, Double.NaN, false, 0))
        .hasMessage("crop.maxScale must be between 1 and 64, got NaN");
    CropConfig config = new CropConfig(8, 2, false, 0);
    assertThatThrownBy(() -> new MultiResolutionCrops.Settings(config, ResizeConfig.DEFAULT, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("batchSize must be positive, got 0");
  }
}
