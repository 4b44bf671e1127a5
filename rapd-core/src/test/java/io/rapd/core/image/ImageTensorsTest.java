package io.rapd.core.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImageTensorsTest {
  private static RgbImage image(int height, int width, int first) {
    float[] planes = new float[3 * height * width];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = (first + i) / 256f;
    }
    return new RgbImage(height, width, planes);
  }

  @Test
  void imagesSurviveTheRoundTrip() {
    List<RgbImage> images = List.of(image(4, 5, 0), image(4, 5, 30), image(4, 5, -99));
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray batch = ImageTensors.stack(images, manager);
      assertThat(batch.getShape()).isEqualTo(new Shape(3, 3, 4, 5));
      assertThat(batch.getDataType()).isEqualTo(DataType.FLOAT32);
      assertThat(batch.getFloat(1, 2, 3, 4)).isEqualTo(images.get(1).at(2, 3, 4));
      for (int i = 0; i < 3; i++) {
        assertThat(ImageTensors.image(batch, i)).isEqualTo(images.get(i));
      }
    }
  }

  @Test
  void onlyTheBatchStaysInTheManager() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray batch = ImageTensors.stack(List.of(image(2, 2, 0)), manager);
      ImageTensors.image(batch, 0);
      assertThat(manager.getManagedArrays()).containsExactly(batch);
    }
  }

  /** A batch of more than 2 GiB is joined from parts. */
  @Test
  void partsGiveTheSameBatch() {
    List<RgbImage> images =
        List.of(image(2, 3, 0), image(2, 3, 1), image(2, 3, 2), image(2, 3, 3), image(2, 3, 4));
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray whole = ImageTensors.stack(images, manager);
      for (long bytes : new long[] {1, 2 * 72, 3 * 72 + 71}) {
        NDArray joined = ImageTensors.stack(images, manager, bytes);
        assertThat(joined.toFloatArray()).isEqualTo(whole.toFloatArray());
        assertThat(joined.getShape()).isEqualTo(whole.getShape());
        assertThat(manager.getManagedArrays()).containsExactlyInAnyOrder(whole, joined);
        joined.close();
      }
    }
  }

  @Test
  void theBatchOwnsItsMemory() {
    float[] planes = {0.1f, 0.2f, 0.3f};
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray batch = ImageTensors.stack(List.of(new RgbImage(1, 1, planes)), manager);
      planes[0] = 9;
      System.gc();
      assertThat(batch.toFloatArray()).containsExactly(0.1f, 0.2f, 0.3f);
    }
  }

  @Test
  void emptyAndMixedBatchesAreRefused() {
    try (NDManager manager = NDManager.newBaseManager()) {
      assertThatThrownBy(() -> ImageTensors.stack(List.of(), manager))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("a batch needs at least one image, got none");
      List<RgbImage> mixed = List.of(image(2, 3, 0), image(3, 2, 0));
      assertThatThrownBy(() -> ImageTensors.stack(mixed, manager))
          .hasMessage("images of a batch must have one size, got 2 x 3 and 3 x 2");
      NDArray grey = manager.zeros(new Shape(1, 1, 4, 4));
      assertThatThrownBy(() -> ImageTensors.image(grey, 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("batch must be (B, 3, H, W), got (1, 1, 4, 4)");
    }
  }
}
