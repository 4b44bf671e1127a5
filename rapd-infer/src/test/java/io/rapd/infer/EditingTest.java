package io.rapd.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.flow.Solver.StepListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EditingTest {
  private static final int SIDE = RandomModel.DENOISER.latentSize();

  @TempDir private static Path folder;
  private static TextToImage model;
  private static ImageToField encoder;

  @BeforeAll
  static void load() {
    Path path = RandomModel.textToImage(folder.resolve("model"));
    model = TextToImage.load(path);
    encoder = ImageToField.load(path);
  }

  @AfterAll
  static void close() {
    model.close();
    encoder.close();
  }

  private static RgbImage image(int height, int width) {
    float[] planes = new float[3 * height * width];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = (float) Math.sin(0.37 * i);
    }
    return new RgbImage(height, width, planes);
  }

  /** Black above row {@code from}, white below. */
  private static RgbImage whiteFrom(int from, int side) {
    float[] planes = new float[3 * side * side];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = i / side % side < from ? -1 : 1;
    }
    return new RgbImage(side, side, planes);
  }

  private static float[] edited(ImageEdit edit) {
    try (ImageField field = model.edit(edit, "red apple", model.defaults().withSeed(2))) {
      return field.latent().toFloatArray();
    }
  }

  private static float[] encoded(RgbImage image) {
    try (ImageField field = encoder.encode(image)) {
      return field.latent().toFloatArray();
    }
  }

  @Test
  void theMaskedOutPartKeepsTheImagesLatent() {
    RgbImage image = image(SIDE, SIDE);
    int half = SIDE / 2;
    ImageEdit edit = new ImageEdit(image, 1).withMask(whiteFrom(half, SIDE)).withMaskBlur(0);
    float[] latent = edited(edit);
    float[] expected = encoded(image);
    int changed = 0;
    for (int i = 0; i < latent.length; i++) {
      if (i / SIDE % SIDE < half) {
        assertThat(latent[i]).isCloseTo(expected[i], within(1e-4f));
      } else if (Math.abs(latent[i] - expected[i]) > 1e-2) {
        changed++;
      }
    }
    assertThat(changed).isGreaterThan(latent.length / 4);
  }

  @Test
  void littleStrengthKeepsTheImageAndMoreMovesAway() {
    RgbImage image = image(SIDE, SIDE);
    float[] own = encoded(image);
    double little = distance(edited(new ImageEdit(image, 0.001)), own);
    double half = distance(edited(new ImageEdit(image, 0.5)), own);
    assertThat(little).isLessThan(0.05);
    assertThat(half).isGreaterThan(10 * little);
    try (ImageField plain = model.generate("red apple", model.defaults().withSeed(2))) {
      assertThat(edited(new ImageEdit(image, 1))).isEqualTo(plain.latent().toFloatArray());
    }
  }

  private static double distance(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (double) (a[i] - b[i]);
    }
    return Math.sqrt(sum / a.length);
  }

  @Test
  void theCentreSquareOfAnOblongImageIsEdited() {
    RgbImage wide = image(SIDE, SIDE + 10);
    RgbImage centre = wide.crop(0, 5, SIDE, SIDE);
    assertThat(edited(new ImageEdit(wide, 0.5))).isEqualTo(edited(new ImageEdit(centre, 0.5)));
  }

  @Test
  void blurSoftensTheMaskAndKeepsItsFarParts() {
    RgbImage mask = whiteFrom(8, 16);
    float[] sharp = EditMask.onCells(mask, 16, 0);
    float[] soft = EditMask.onCells(mask, 16, 1);
    assertThat(sharp).containsOnly(0, 1);
    assertThat(soft[0]).isZero();
    assertThat(soft[16 * 15]).isCloseTo(1, within(1e-6f));
    // The mean of a Gaussian over the pixels beyond the edge, Phi-like: 0.5 -+ half its centre.
    float centre = (float) (1 / (1 + 2 * (Math.exp(-0.5) + Math.exp(-2) + Math.exp(-4.5))));
    assertThat(soft[16 * 7]).isCloseTo(0.5f - centre / 2, within(1e-6f));
    assertThat(soft[16 * 8]).isCloseTo(0.5f + centre / 2, within(1e-6f));
  }

  @Test
  void badEditsAreRefused() {
    RgbImage image = image(6, 9);
    for (double strength : new double[] {0, -1, 1.5, Double.NaN}) {
      assertThatThrownBy(() -> new ImageEdit(image, strength))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("strength");
    }
    assertThatThrownBy(() -> new ImageEdit(image, 1).withMask(image(9, 6)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("width 9 and height 6, got width 6 and height 9");
    for (double blur : new double[] {-1, 65, Double.NaN}) {
      assertThatThrownBy(() -> new ImageEdit(image, 1, Optional.empty(), blur))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("mask blur must be 0 to 64");
    }
  }

  private static List<float[]> frames(List<Keyframe> keyframes, int count) {
    List<float[]> latents = new ArrayList<>();
    List<Integer> indices = new ArrayList<>();
    model.interpolate(
        keyframes,
        count,
        model.defaults(),
        StepListener.NONE,
        (field, index) -> {
          try (field) {
            latents.add(field.latent().toFloatArray());
            indices.add(index);
          }
        });
    assertThat(indices).hasSize(count).isSorted();
    return latents;
  }

  @Test
  void framesStartAndEndAtTheKeyframesAndMoveBetween() {
    List<float[]> frames = frames(List.of(new Keyframe("cat", 1), new Keyframe("dog", 2)), 6);
    Fixture.assertClose("first", frames.get(0), generated("cat", 1), 1e-4);
    Fixture.assertClose("last", frames.get(5), generated("dog", 2), 1e-4);
    double whole = distance(frames.get(0), frames.get(5));
    for (int i = 1; i < 6; i++) {
      assertThat(distance(frames.get(i - 1), frames.get(i))).isBetween(1e-3, 0.75 * whole);
    }
  }

  @Test
  void everyKeyframeIsOneOfTheFrames() {
    List<Keyframe> keyframes =
        List.of(new Keyframe("cat", 1), new Keyframe("cat", 2), new Keyframe("dog", 2));
    List<float[]> frames = frames(keyframes, 5);
    for (int i = 0; i < 3; i++) {
      Keyframe key = keyframes.get(i);
      Fixture.assertClose("key", frames.get(2 * i), generated(key.prompt(), key.seed()), 1e-4);
    }
    Fixture.assertClose("one", frames(keyframes.subList(0, 1), 1).get(0), frames.get(0), 1e-4);
    assertThatThrownBy(() -> frames(keyframes, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 2 frames, got 1");
    assertThatThrownBy(() -> frames(List.of(), 3)).hasMessageContaining("at least one keyframe");
  }

  private static float[] generated(String prompt, long seed) {
    try (ImageField field = model.generate(prompt, model.defaults().withSeed(seed))) {
      return field.latent().toFloatArray();
    }
  }

  @Test
  void interpolatedNoiseKeepsItsLength() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray a = RandomStream.of(1, "noise", 0).normal(manager, new Shape(1, 4, 16, 16));
      NDArray b = RandomStream.of(2, "noise", 0).normal(manager, new Shape(1, 4, 16, 16));
      float[] middle = Interpolation.onGreatCircle(a, b, 0.5).toFloatArray();
      double length = distance(middle, new float[middle.length]);
      assertThat(length).isCloseTo(1, within(0.05));
      assertThat(Interpolation.onGreatCircle(a, a.duplicate(), 0.3).toFloatArray())
          .containsExactly(a.toFloatArray(), within(1e-5f));
      assertThat(Arrays.equals(middle, a.toFloatArray())).isFalse();
    }
  }
}
