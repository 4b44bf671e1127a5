package io.rapd.core.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.checkpoint.torch.TorchSave;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** torchvision's file as torchvision publishes it. */
class LpipsTorchFileTest {
  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void torchFilesGiveTheBitsOfSafetensors() {
    Map<String, NDArray> weights = VggFile.small(manager);
    weights.put("classifier.0.weight", manager.ones(new Shape(2, 2)));
    Path file = folder.resolve("vgg16.safetensors");
    NDArray x = manager.randomUniform(-1, 1, new Shape(1, 3, 20, 24));
    NDArray y = manager.randomUniform(-1, 1, new Shape(1, 3, 20, 24));
    float[] expected = distance(VggFile.write(file, weights, TensorType.F32), x, y);
    assertThat(distance(TorchSave.legacy(folder.resolve("vgg16-397923af.pth"), weights), x, y))
        .isEqualTo(expected);
    assertThat(distance(TorchSave.zip(folder.resolve("vgg16.pth"), weights), x, y))
        .isEqualTo(expected);
  }

  private float[] distance(Path file, NDArray x, NDArray y) {
    try (Lpips lpips = Lpips.load(file, Precision.FLOAT32, manager)) {
      return lpips.forward(x, y).toFloatArray();
    }
  }

  @Test
  void anotherNetworkIsRefusedByTheFirstTensorThatDoesNotFit() {
    Map<String, NDArray> weights = VggFile.small(manager);
    weights.put("features.12.weight", manager.ones(new Shape(6, 6, 1, 1)));
    Path file = TorchSave.zip(folder.resolve("vgg16.pth"), weights);
    assertThatThrownBy(() -> Lpips.load(file, Precision.FLOAT32, manager))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "vgg16.pth: tensor features.12.weight must be (6, 6, 3, 3), got (6, 6, 1, 1)");
    Path other =
        TorchSave.zip(folder.resolve("o.pth"), Map.of("conv1.weight", manager.ones(new Shape(2))));
    assertThatThrownBy(() -> Lpips.load(other, Precision.FLOAT32, manager))
        .hasMessageContaining("features.0.weight is missing; expected torchvision's vgg16 weights");
  }
}
