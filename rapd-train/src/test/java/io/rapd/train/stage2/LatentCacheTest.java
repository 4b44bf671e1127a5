package io.rapd.train.stage2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import io.rapd.nif.NifFolder;
import io.rapd.train.TinyStage1;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cached latents are those that the field encodes, whatever the limit. */
class LatentCacheTest {
  private static final int SIDE = 8;

  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();
  private NifFolder nif;
  private int size;

  @BeforeEach
  void load() {
    nif = NifFolder.load(TinyStage1.writeField(folder), Precision.FLOAT32, manager);
    size = Float.BYTES * nif.field().encoder().channels() * SIDE * SIDE;
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void latentsAreTheNormalisedOnesOfTheField() {
    List<RgbImage> images = List.of(image(1), image(2), image(3));
    float[] expected;
    try (GradMode frozen = GradMode.disabled()) {
      NDArray latents = nif.field().encode(ImageTensors.stack(images, manager));
      expected = nif.description().statistics().normalize(latents).toFloatArray();
    }
    float[] cached = latents(cache(1 << 20), List.of("a", "b", "c"), images);
    assertThat(cached).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(cached[i]).isCloseTo(expected[i], within(1e-5f));
    }
  }

  @Test
  void anImageIsEncodedOnce() {
    LatentCache cache = cache(1 << 20);
    float[] first = latents(cache, List.of("a"), List.of(image(1)));
    assertThat(latents(cache, List.of("a"), List.of(image(2)))).isEqualTo(first);
    assertThat(latents(cache, List.of("b"), List.of(image(2)))).isNotEqualTo(first);
    assertThat(cache.bytes()).isEqualTo(2L * size);
  }

  @Test
  void theLimitHoldsAndChangesNothing() {
    LatentCache small = cache(2L * size + 1);
    LatentCache large = cache(1 << 20);
    List<String> keys = List.of("a", "b", "c", "d");
    List<RgbImage> images = List.of(image(1), image(2), image(3), image(4));
    for (int round = 0; round < 2; round++) {
      assertThat(latents(small, keys, images)).isEqualTo(latents(large, keys, images));
    }
    assertThat(small.bytes()).isEqualTo(2L * size);
    assertThat(large.bytes()).isEqualTo(4L * size);
  }

  @Test
  void companyDoesNotChangeALatent() {
    float[] alone = latents(cache(0), List.of("b"), List.of(image(2)));
    float[] both = latents(cache(0), List.of("a", "b"), List.of(image(1), image(2)));
    assertThat(alone).isEqualTo(Arrays.copyOfRange(both, alone.length, both.length));
  }

  private LatentCache cache(long limit) {
    return new LatentCache(nif, limit);
  }

  private float[] latents(LatentCache cache, List<String> keys, List<RgbImage> images) {
    try (NDManager scope = manager.newSubManager()) {
      return cache.latents(keys, images, scope).toFloatArray();
    }
  }

  private static RgbImage image(int seed) {
    float[] planes = new float[3 * SIDE * SIDE];
    Random random = new Random(seed);
    for (int i = 0; i < planes.length; i++) {
      planes[i] = random.nextFloat() * 2 - 1;
    }
    return new RgbImage(SIDE, SIDE, planes);
  }
}
