package io.rapd.core.image;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.torch.NativeRuntime;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Images that keep bytes equal those of the same values in floats, to the bit. */
class EightBitImagesTest {
  private static final int HEIGHT = 9;
  private static final int WIDTH = 14;

  private static RgbImage bytes(int seed) {
    byte[] rgb = new byte[3 * HEIGHT * WIDTH];
    new Random(seed).nextBytes(rgb);
    return RgbImage.fromRgbBytes(HEIGHT, WIDTH, rgb);
  }

  private static RgbImage floats(RgbImage image) {
    return new RgbImage(image.height(), image.width(), image.planes().clone());
  }

  @Test
  void cropsAndMirrorImagesAreTheSame() {
    RgbImage image = bytes(1);
    RgbImage same = floats(image);
    assertThat(image.crop(2, 3, 5, 7)).isEqualTo(same.crop(2, 3, 5, 7));
    assertThat(image.flipHorizontally()).isEqualTo(same.flipHorizontally());
    assertThat(image.crop(0, 1, 4, 4).flipHorizontally().levels()).isNotNull();
    assertThat(same.levels()).isNull();
    assertThat(image.toRgbBytes()).isEqualTo(same.toRgbBytes());
    assertThat(image.at(2, 3, 4)).isEqualTo(same.at(2, 3, 4));
    byte[] copy = image.toRgbBytes();
    copy[0]++;
    assertThat(image).isEqualTo(same);
  }

  @Test
  void batchesAreTheSameWholeAndInParts() {
    List<RgbImage> images = List.of(bytes(1), bytes(2), bytes(3));
    List<RgbImage> same = images.stream().map(EightBitImagesTest::floats).toList();
    try (NDManager manager = NativeRuntime.newManager(Device.cpu())) {
      NDArray expected = ImageTensors.stack(same, manager);
      for (long part : new long[] {1, 2 * 3 * HEIGHT * WIDTH, 1 << 20}) {
        NDArray found = ImageTensors.stack(images, manager, part);
        assertThat(found.getShape()).isEqualTo(expected.getShape());
        assertThat(found.toFloatArray()).isEqualTo(expected.toFloatArray());
      }
      NDArray mixed =
          ImageTensors.stack(List.of(images.get(0), same.get(1), images.get(2)), manager);
      assertThat(mixed.toFloatArray()).isEqualTo(expected.toFloatArray());
    }
  }

  /** The buffer that crosses to the device is used again; an array must not change with it. */
  @Test
  void anEarlierBatchKeepsItsValues() {
    try (NDManager manager = NativeRuntime.newManager(Device.cpu())) {
      NDArray first = ImageTensors.stack(List.of(bytes(1)), manager);
      float[] before = first.toFloatArray();
      ImageTensors.stack(List.of(bytes(2)), manager);
      assertThat(first.toFloatArray()).isEqualTo(before);
    }
  }
}
