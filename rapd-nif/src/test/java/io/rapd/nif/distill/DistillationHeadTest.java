package io.rapd.nif.distill;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.RandomStream;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DistillationHeadTest {
  @Test
  void poolsToTheTeachersGridBeforeProjecting() {
    try (NDManager manager = NDManager.newBaseManager()) {
      DistillationHead head = new DistillationHead(3, 2);
      // Rows that pick a channel each make the projection visible.
      head.bind(
          Map.of(
              "projection.weight",
              manager.create(new float[] {0, 0, 1, 2, 0, 0}, new Shape(2, 3, 1, 1)),
              "projection.bias",
              manager.create(new float[] {10, 0})));
      NDArray z = RandomStream.of(1, "z", 0).normal(manager, new Shape(2, 3, 6, 4));
      NDArray student = head.forward(z, 3, 2);
      NDArray pooled = z.reshape(2, 3, 3, 2, 2, 2).mean(new int[] {5}).mean(new int[] {3});
      assertThat(student.get(":, 0").sub(pooled.get(":, 2").add(10)).abs().max().getFloat())
          .isLessThan(1e-5f);
      assertThat(student.get(":, 1").sub(pooled.get(":, 0").mul(2)).abs().max().getFloat())
          .isLessThan(1e-5f);
    }
  }
}
