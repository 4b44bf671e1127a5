package io.rapd.core.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelTest {
  private static final String SCALE =
      """
      def forward(self, x: Tensor, w: Tensor) -> Tensor:
        total = x * $factor
        for i in range(3):
          total = total + (self).twice(w)
        return torch.to(torch.to(total, $dtype), 6)
      def twice(self, w: Tensor) -> Tensor:
        return w + w
      """;

  @Test
  void gradientsFlowThroughAKernel() {
    Kernel kernel = Kernel.of("Scale", SCALE, Map.of("factor", 5, "dtype", Precision.FLOAT32));
    try (NDManager manager = NDManager.newBaseManager();
        GradMode recording = GradMode.enabled()) {
      NDArray x = Autograd.leaf(manager.create(new float[] {1, 2}));
      NDArray w = Autograd.leaf(manager.create(new float[] {3, 4}));
      NDArray y = kernel.call(x, w);
      assertThat(y.toFloatArray()).containsExactly(23, 34);
      Autograd.backward(y, manager.create(new float[] {1, 10}), false);
      assertThat(Autograd.gradient(x, manager).toFloatArray()).containsExactly(5, 50);
      assertThat(Autograd.gradient(w, manager).toFloatArray()).containsExactly(6, 60);
      assertThat(Kernel.compiled()).contains("Scale");
    }
  }

  @Test
  void bfloat16RoundsInsideTheKernel() {
    Kernel kernel = Kernel.of("Scale", SCALE, Map.of("factor", 1, "dtype", Precision.BFLOAT16));
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray y = kernel.call(manager.create(new float[] {1.00001f}), manager.zeros(new Shape(1)));
      assertThat(y.toFloatArray()).containsExactly(1f);
    }
  }

  @Test
  void aConstantThatIsNotGivenIsNamed() {
    assertThatThrownBy(() -> Kernel.of("Scale", SCALE, Map.of("factor", 1)))
        .hasMessageContaining("$dtype");
  }

  @Test
  void streamsRepeatAndDiffer() {
    try (NDManager manager = NDManager.newBaseManager()) {
      Shape shape = new Shape(2, 5);
      float[] first = RandomStream.of(1, "noise", 7).normal(manager, shape).toFloatArray();
      float[] again = RandomStream.of(1, "noise", 7).normal(manager, shape).toFloatArray();
      float[] other = RandomStream.of(1, "noise", 8).normal(manager, shape).toFloatArray();
      assertThat(first).isEqualTo(again).isNotEqualTo(other);
    }
  }
}
