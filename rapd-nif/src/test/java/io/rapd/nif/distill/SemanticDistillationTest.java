package io.rapd.nif.distill;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.fixture.CollectedGarbage;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.RandomStream;
import org.junit.jupiter.api.Test;

class SemanticDistillationTest {
  private static NDArray loss(NDArray student, NDArray teacher) {
    return new SemanticDistillation(new DistillationConfig(0.1, 0.5, 0.01, 20))
        .losses(student, teacher, RandomStream.of(4, "positions", 0).generator())
        .total();
  }

  @Test
  void gradientsDoNotNeedWhatJavaCollects() {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode recording = GradMode.enabled()) {
      Shape shape = new Shape(2, 5, 6, 7);
      NDArray teacher = RandomStream.of(1, "teacher", 0).normal(manager, shape);
      NDArray student = RandomStream.of(1, "student", 0).normal(manager, shape);
      NDArray first = Autograd.leaf(student);
      Autograd.backward(loss(first, teacher));
      NDArray second = Autograd.leaf(student);
      NDArray loss = loss(second, teacher);
      CollectedGarbage.overwrite();
      Autograd.backward(loss);
      assertThat(Autograd.gradient(second, manager).toFloatArray())
          .isEqualTo(Autograd.gradient(first, manager).toFloatArray());
    }
  }
}
