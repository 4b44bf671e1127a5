package io.rapd.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaptionedImagesTest {
  private static final int SIDE = 6;
  private static final int SAMPLES = 7;

  @TempDir Path folder;
  private ImageTextSource source;

  /** Sample i has the colour i and the captions i.0 to i.3; sample 6 has one caption. */
  @BeforeEach
  void writeSamples() {
    for (int i = 0; i < SAMPLES; i++) {
      byte[] png = ImageFiles.png(8 + i, 9, i);
      if (i == SAMPLES - 1) {
        ImageFiles.write(folder, "s" + i, png, i + ".0");
      } else {
        ImageFiles.write(folder, "s" + i, png, i + ".0", i + ".1", i + ".2", i + ".3");
      }
    }
    source = new FolderSource(folder, DataSelection.of(Split.ALL, true));
  }

  private static CaptionedImages.Settings settings(
      double captionFirst, double promptDropout, int batchSize, long seed) {
    return new CaptionedImages.Settings(
        SIDE,
        ResizeConfig.DEFAULT,
        CaptionConfig.DEFAULT,
        captionFirst,
        promptDropout,
        batchSize,
        seed);
  }

  private Steps<CaptionedImages.Batch> batches(
      double captionFirst, double promptDropout, long seed) {
    return CaptionedImages.withRandomAccess(
        source, 1 << 20, settings(captionFirst, promptDropout, 4, seed), UnusableSamples.REFUSED);
  }

  private static List<String> captions(Steps<CaptionedImages.Batch> batches, int steps) {
    List<String> captions = new ArrayList<>();
    for (int step = 1; step <= steps; step++) {
      captions.addAll(batches.batch(step).captions());
    }
    return captions;
  }

  @Test
  void keyImageAndCaptionBelongTogether() {
    Steps<CaptionedImages.Batch> batches = batches(0.5, 0, 1);
    for (int step = 1; step <= 20; step++) {
      CaptionedImages.Batch batch = batches.batch(step);
      assertThat(batch.keys()).hasSize(4);
      for (int i = 0; i < 4; i++) {
        int sample = Integer.parseInt(batch.keys().get(i).substring(1));
        assertThat(batch.captions().get(i)).startsWith(sample + ".");
        byte[] rgb = batch.images().get(i).toRgbBytes();
        assertThat(batch.images().get(i).height()).isEqualTo(SIDE);
        assertThat(batch.images().get(i).width()).isEqualTo(SIDE);
        for (int at = 0; at < rgb.length; at += 3) {
          assertThat(rgb[at + 2]).isEqualTo((byte) sample);
        }
      }
    }
  }

  @Test
  void everyEpochShowsEverySampleOnce() {
    Steps<CaptionedImages.Batch> batches = batches(1, 0, 9);
    List<String> keys = new ArrayList<>();
    for (int step = 1; step <= SAMPLES; step++) { // four epochs
      keys.addAll(batches.batch(step).keys());
    }
    for (int epoch = 0; epoch < 4; epoch++) {
      assertThat(keys.subList(epoch * SAMPLES, (epoch + 1) * SAMPLES))
          .containsExactlyInAnyOrder("s0", "s1", "s2", "s3", "s4", "s5", "s6");
    }
    assertThat(keys.subList(0, SAMPLES)).isNotEqualTo(keys.subList(SAMPLES, 2 * SAMPLES));
  }

  @Test
  void theBatchIsAFunctionOfSeedAndStep() {
    Steps<CaptionedImages.Batch> one = batches(0.5, 0.2, 3);
    Steps<CaptionedImages.Batch> backwards = batches(0.5, 0.2, 3);
    for (int step = 12; step >= 1; step--) {
      assertThat(backwards.batch(step)).isEqualTo(batches(0.5, 0.2, 3).batch(step));
      assertThat(one.batch(13 - step)).isEqualTo(backwards.batch(13 - step));
    }
    assertThat(captions(batches(0.5, 0.2, 4), 12)).isNotEqualTo(captions(one, 12));
  }

  @Test
  void captionsAppearAsOftenAsAsked() {
    int steps = 2_000;
    Map<String, Integer> counts = new TreeMap<>();
    for (String caption : captions(batches(0.4, 0.1, 5), steps)) {
      counts.merge(caption.isEmpty() ? "dropped" : caption, 1, Integer::sum);
    }
    double perSample = 4.0 * steps / SAMPLES;
    assertShare(counts.get("dropped"), 4 * steps, 0.1);
    assertShare(counts.get("6.0"), perSample, 0.9);
    for (int sample = 0; sample < 6; sample++) {
      assertShare(counts.get(sample + ".0"), perSample, 0.9 * 0.4);
      for (int alternative = 1; alternative < 4; alternative++) {
        assertShare(counts.get(sample + "." + alternative), perSample, 0.9 * 0.6 / 3);
      }
    }
  }

  /** Within five standard deviations of a binomial count. */
  private static void assertShare(int count, double of, double probability) {
    double deviation = Math.sqrt(of * probability * (1 - probability));
    assertThat((double) count)
        .isBetween(of * probability - 5 * deviation, of * probability + 5 * deviation);
  }

  @Test
  void certaintiesAreCertain() {
    assertThat(captions(batches(1, 0, 6), 50)).allMatch(caption -> caption.endsWith(".0"));
    assertThat(captions(batches(0, 0, 6), 50))
        .allMatch(caption -> caption.equals("6.0") || !caption.endsWith(".0"));
    assertThat(captions(batches(0.5, 1, 6), 50)).allMatch(String::isEmpty);
  }

  @Test
  void anImageWithoutCaptionIsNamed(@TempDir Path bare) {
    ImageFiles.write(bare, "in/lonely", ImageFiles.png(8, 8, 0));
    ImageTextSource images = new FolderSource(bare, DataSelection.of(Split.ALL, false));
    Steps<CaptionedImages.Batch> batches =
        CaptionedImages.withRandomAccess(images, 0, settings(1, 0, 1, 0), UnusableSamples.REFUSED);
    assertThatThrownBy(() -> batches.batch(1))
        .isInstanceOf(DataException.class)
        .hasMessage("in/lonely: expected a caption beside this image, found none");
  }

  @Test
  void impossibleSettingsAreRefused() {
    assertThatThrownBy(() -> batches(1.5, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("captionFirst must be between 0 and 1, got 1.5");
    assertThatThrownBy(() -> batches(1, Double.NaN, 0))
        .hasMessage("promptDropout must be between 0 and 1, got NaN");
    assertThatThrownBy(() -> settings(1, 0, 0, 0)).hasMessage("batchSize must be positive, got 0");
  }
}
