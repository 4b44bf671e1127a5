package io.rapd.core.metric;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.fixture.Bfloat16Test;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LpipsFixtureTest {
  private static final double TOLERANCE = 5e-5;

  @TempDir Path folder;
  private final Fixture fixture = Fixture.load("lpips");

  @Test
  void distanceItsTermsAndItsGradientAreThePublished() {
    try (NDManager manager = NDManager.newBaseManager();
        Lpips lpips = load(Precision.FLOAT32, manager);
        GradMode recording = GradMode.enabled()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      NDArray x = Autograd.leaf(arrays.array("in.x"));
      NDArray y = Autograd.leaf(arrays.array("in.y"));
      NDList terms = lpips.terms(x, y);
      for (int k = 0; k < terms.size(); k++) {
        arrays.assertClose("out.layer" + k, terms.get(k), TOLERANCE);
      }
      NDArray distance = lpips.forward(x, y);
      assertThat(distance.getShape().getShape()).isEqualTo(fixture.shape("out.lpips"));
      arrays.assertClose("out.lpips", distance, TOLERANCE);
      Autograd.backward(distance.mean());
      arrays.assertClose("grad.x", Autograd.gradient(x, manager), 2e-4);
      assertThat(y.getGradient().abs().sum().getFloat()).isZero();
    }
  }

  @Bfloat16Test
  void bfloat16AgreesToItsAccuracy() {
    try (NDManager manager = NDManager.newBaseManager();
        Lpips lpips = load(Precision.BFLOAT16, manager);
        GradMode frozen = GradMode.disabled()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      arrays.assertClose(
          "out.lpips", lpips.forward(arrays.array("in.x"), arrays.array("in.y")), 0.03);
    }
  }

  private Lpips load(Precision precision, NDManager manager) {
    Path file =
        VggFile.write(
            folder.resolve("vgg16.safetensors"),
            new FixtureArrays(fixture, manager).weights(),
            TensorType.F32);
    return Lpips.load(file, precision, manager);
  }
}
