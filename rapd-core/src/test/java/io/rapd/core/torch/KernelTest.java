package io.rapd.core.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.fixture.Bfloat16Test;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  @Bfloat16Test
  void bfloat16RoundsInsideTheKernelUnlessWidened() {
    Kernel kernel = Kernel.of("Scale", SCALE, Map.of("factor", 1, "dtype", Precision.BFLOAT16));
    boolean widened = Bfloat16Products.widenedOn(Device.cpu());
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray y = kernel.call(manager.create(new float[] {1.00001f}), manager.zeros(new Shape(1)));
      assertThat(y.toFloatArray()).containsExactly(widened ? 1.00001f : 1f);
    }
  }

  @Test
  void theProcessorDecidesUnlessThePropertyDoes() {
    assertThat(Bfloat16Products.widenedOn(Device.gpu())).isFalse();
    boolean automatic = Bfloat16Products.widenedOn(Device.cpu());
    try {
      System.setProperty(Bfloat16Products.PROPERTY, "auto");
      assertThat(Bfloat16Products.widenedOn(Device.cpu())).isEqualTo(automatic);
      System.setProperty(Bfloat16Products.PROPERTY, "yes");
      assertThatThrownBy(() -> Bfloat16Products.widenedOn(Device.cpu()))
          .hasMessage("system property rapd.bfloat16 must be auto, multiply or widen, got \"yes\"");
    } finally {
      System.clearProperty(Bfloat16Products.PROPERTY);
    }
  }

  @Test
  void aConstantThatIsNotGivenIsNamed() {
    assertThatThrownBy(() -> Kernel.of("Scale", SCALE, Map.of("factor", 1)))
        .hasMessageContaining("$dtype");
  }

  @Test
  void anErrorNamesKernelAndLineOfTheText() {
    Kernel misspelt =
        Kernel.of(
            "Misspelt",
            "def forward(x):\n  y = half(x)\n  return y\ndef half(x):\n  return torch.halve(x)\n");
    Kernel unfit =
        Kernel.of(
            "Unfit",
            "def forward(x):\n  return twice(x)\ndef twice(x):\n  return torch.matmul(x, x)\n");
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray x = manager.zeros(new Shape(2, 3));
      assertThatThrownBy(() -> misspelt.call(x))
          .hasMessageStartingWith(
              "kernel Misspelt, line 5 \"return torch.halve(x)\" does not compile: ");
      assertThatThrownBy(() -> unfit.call(x))
          .hasMessageStartingWith("kernel Unfit, line 4 \"return torch.matmul(x, x)\" fails: ");
    }
  }

  @Test
  void parametersReachEveryMethodThatNamesThem() {
    Kernel kernel =
        Kernel.of(
            "Affine",
            "def forward(x):\n  return sum(x) + $stored.shift\ndef sum(x):\n  return torch.linear(x, $layer)\n",
            Map.of("dtype", Precision.FLOAT32),
            List.of("unused", "shift", "layer.weight", "layer.bias"));
    assertThat(kernel.parameters()).containsExactly("shift", "layer.weight", "layer.bias");
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray x = manager.create(new float[] {1, 2}, new Shape(1, 2));
      NDArray weight = manager.create(new float[] {10, 20}, new Shape(1, 2));
      NDArray y = kernel.call(x, manager.create(3f), weight, manager.create(new float[] {100}));
      assertThat(y.toFloatArray()).containsExactly(153);
    }
  }

  @Test
  void int8ParametersAreWidenedWhereTheyAreUsed() {
    Kernel full =
        Kernel.of(
            "Product",
            "def forward(x):\n  return times(x) + times(x)\ndef times(x):\n  return torch.linear(x, $w)\n",
            Map.of(),
            List.of("w.weight", "w.bias"));
    Kernel int8 = full.withInt8(Set.of("w.weight"));
    assertThat(int8.parameters()).isEqualTo(full.parameters());
    assertThat(full.withInt8(Set.of())).isSameAs(full);
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray x = manager.create(new float[] {1, 2}, new Shape(1, 2));
      NDArray steps = manager.create(new byte[] {3, -4, 127, 1}, new Shape(2, 2));
      NDArray scales = manager.create(new float[] {0.5f, 2}, new Shape(2, 1));
      NDArray y = int8.call(x, steps, manager.create(new float[] {100, 0}), scales);
      assertThat(y.toFloatArray()).containsExactly(2 * (-2.5f + 100), 2 * 258);
      assertThat(steps.toByteArray()).containsExactly(3, -4, 127, 1);
    }
    Kernel stored =
        Kernel.of("Stored", "def forward(x):\n  return x + $stored.w\n", Map.of(), List.of("w"));
    assertThat(stored.storedParameters()).containsExactly("w");
    assertThatThrownBy(() -> stored.withInt8(Set.of("w")))
        .hasMessage(
            "kernel Stored, line 2 \"return x + $stored.w\": parameter w is used as stored, but is"
                + " int8");
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
