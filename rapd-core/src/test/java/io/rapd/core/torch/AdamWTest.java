package io.rapd.core.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AdamWTest {
  private static final AdamW ADAM = new AdamW(0.9, 0.95, 1e-8, 0.01);

  private static NDArray random(NDManager manager, String purpose, int step) {
    return RandomStream.of(7, purpose, step).normal(manager, new Shape(3, 50));
  }

  /** A step with moments in bfloat16 is the float32 step from those moments, rounded after it. */
  @Test
  void momentsInBfloat16AreThoseOfTheStepRounded() {
    try (NDManager manager = NativeRuntime.newManager(Device.cpu());
        GradMode off = GradMode.disabled()) {
      List<NDArray> exact =
          new ArrayList<>(List.of(random(manager, "a", 0), random(manager, "b", 0)));
      List<NDArray> rounded = exact.stream().map(NDArray::duplicate).toList();
      List<NDArray> m = exact.stream().map(NDArray::zerosLike).toList();
      List<NDArray> v = exact.stream().map(NDArray::zerosLike).toList();
      List<NDArray> halfM = m.stream().map(Precision.BFLOAT16::cast).toList();
      List<NDArray> halfV = v.stream().map(Precision.BFLOAT16::cast).toList();
      for (int step = 1; step <= 5; step++) {
        List<NDArray> gradients =
            List.of(random(manager, "g", step), random(manager, "h", step).mul(100f));
        ADAM.step(exact, gradients, m, v, step, 0.01, manager);
        ADAM.step(rounded, gradients, halfM, halfV, step, 0.01, manager);
        for (List<NDArray> moments : List.of(m, v)) {
          for (NDArray moment : moments) {
            wide(Precision.BFLOAT16.cast(moment)).copyTo(moment);
          }
        }
      }
      for (int i = 0; i < exact.size(); i++) {
        assertClose(rounded.get(i), exact.get(i), 1e-4);
        assertClose(wide(halfM.get(i)), m.get(i), 0.2);
        assertClose(wide(halfV.get(i)), v.get(i), 40);
      }
    }
  }

  /** The two orders of operations may round a moment to neighbouring values. */
  private static void assertClose(NDArray found, NDArray expected, double most) {
    float[] a = found.toFloatArray();
    float[] b = expected.toFloatArray();
    int differ = 0;
    for (int i = 0; i < a.length; i++) {
      assertThat((double) a[i]).isCloseTo(b[i], within(most));
      differ += a[i] == b[i] ? 0 : 1;
    }
    assertThat(most < 1e-3 ? 0 : differ).isLessThan(a.length / 10);
  }

  private static NDArray wide(NDArray half) {
    return Precision.FLOAT32.cast(half);
  }

  /** The slowest average that a configuration may keep in bfloat16 still comes down to nothing. */
  @Test
  void aSecondMomentInBfloat16Decays() {
    AdamW slow = new AdamW(0.9, 0.99, 1e-8, 0);
    try (NDManager manager = NativeRuntime.newManager(Device.cpu());
        GradMode off = GradMode.disabled()) {
      List<NDArray> parameter = List.of(manager.ones(new Shape(1)));
      List<NDArray> zero = List.of(manager.zeros(new Shape(1)));
      List<NDArray> m = List.of(Precision.BFLOAT16.cast(manager.zeros(new Shape(1))));
      List<NDArray> v = List.of(Precision.BFLOAT16.cast(manager.ones(new Shape(1))));
      for (int step = 1; step <= 1000; step++) {
        slow.step(parameter, zero, m, v, step, 1e-4, manager);
      }
      assertThat(wide(v.get(0)).getFloat(0)).isLessThan(1e-3f);
    }
  }
}
