package io.rapd.core.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

/** Arrays that no buffer of Java holds are joined from parts; here the parts are small. */
class LargeArraysTest {
  private static final Shape SHAPE = new Shape(3, 7);

  @Test
  void joinedPartsAreTheWhole() {
    float[] values = new float[(int) SHAPE.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }
    try (NDManager manager = NativeRuntime.newManager(Device.cpu())) {
      for (int part : new int[] {1, 4, 20, 21, 22}) {
        NDArray array = Constant.of(manager, values, SHAPE, part);
        assertThat(array.getShape()).isEqualTo(SHAPE);
        assertThat(array.toFloatArray()).isEqualTo(values);
        assertThat(array.getManager()).isSameAs(manager);
      }
    }
  }

  @Test
  void noiseInPartsIsTheSameNoise() {
    try (NDManager manager = NativeRuntime.newManager(Device.cpu())) {
      float[] whole = RandomStream.of(3, "noise", 1).normal(manager, SHAPE).toFloatArray();
      for (int part : new int[] {1, 5, 20}) {
        NDArray parts = RandomStream.of(3, "noise", 1).normal(manager, SHAPE, part);
        assertThat(parts.getShape()).isEqualTo(SHAPE);
        assertThat(parts.toFloatArray()).isEqualTo(whole);
      }
    }
  }
}
