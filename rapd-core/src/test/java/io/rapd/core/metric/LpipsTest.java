package io.rapd.core.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LpipsTest {
  private static final List<Integer> PUBLISHED = List.of(64, 128, 256, 512, 512);
  private static final List<Integer> SMALL = List.of(4, 4, 6, 8, 8);

  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void headsThatShipAreThePublishedOnes() throws IOException {
    Map<String, NDArray> trunk = VggFile.randomTrunk(PUBLISHED, manager);
    // The classifier of torchvision and that of timm are not needed and may be there.
    trunk.put("classifier.0.weight", manager.ones(new Shape(2, 2)));
    trunk.put("pre_logits.fc1.weight", manager.ones(new Shape(2, 2)));
    trunk.put("head.fc.bias", manager.ones(new Shape(2)));
    VggFile.write(folder.resolve("model.safetensors"), trunk, TensorType.BF16);
    Fixture published = Fixture.load("lpips_vgg_lin");
    try (Lpips lpips = Lpips.load(folder, Precision.BFLOAT16, manager)) {
      for (int k = 0; k < PUBLISHED.size(); k++) {
        NDArray head = lpips.weights().get(LpipsHeads.name(k));
        assertThat(head.getShape()).isEqualTo(new Shape(1, PUBLISHED.get(k), 1, 1));
        assertThat(head.toFloatArray()).isEqualTo(published.floats(LpipsHeads.name(k)));
      }
      NDArray x = manager.randomUniform(-1, 1, new Shape(1, 3, 32, 32));
      assertThat(lpips.forward(x, x).toFloatArray()).containsExactly(0f);
      assertThat(lpips.forward(x, x.neg()).getFloat()).isPositive();
    }
    try (InputStream notice = Lpips.class.getResourceAsStream("lpips_vgg_lin.LICENSE")) {
      assertThat(new String(notice.readAllBytes(), StandardCharsets.UTF_8))
          .contains("Copyright (c) 2018, Richard Zhang")
          .contains("Redistributions in binary form must reproduce the above copyright notice");
    }
  }

  @Test
  void distanceIsThatOfEachPairAndRepeatsBitForBit() {
    try (Lpips lpips = Lpips.load(small(), Precision.FLOAT32, manager)) {
      NDArray x = manager.randomUniform(-1, 1, new Shape(2, 3, 17, 40));
      NDArray y = manager.randomUniform(-1, 1, new Shape(2, 3, 17, 40));
      float[] batch = lpips.forward(x, y).toFloatArray();
      assertThat(lpips.forward(x, y).toFloatArray()).isEqualTo(batch);
      for (int b = 0; b < 2; b++) {
        float[] one =
            lpips.forward(x.get(b + ":" + (b + 1)), y.get(b + ":" + (b + 1))).toFloatArray();
        Fixture.assertClose("pair " + b, one, new float[] {batch[b]}, 1e-5);
      }
    }
  }

  @Test
  void gradientIsFiniteWhereAllChannelsAreZero() {
    Map<String, NDArray> weights = smallWeights();
    weights.put("features.28.bias", manager.full(new Shape(8), -1e6f)); // the last tap is dead
    VggFile.write(folder.resolve("dead.safetensors"), weights, TensorType.F32);
    try (Lpips lpips = Lpips.load(folder.resolve("dead.safetensors"), Precision.FLOAT32, manager);
        GradMode recording = GradMode.enabled()) {
      NDArray x = Autograd.leaf(manager.randomUniform(-1, 1, new Shape(1, 3, 16, 16)));
      Autograd.backward(lpips.forward(x, manager.zeros(new Shape(1, 3, 16, 16))).sum());
      float[] gradient = Autograd.gradient(x, manager).toFloatArray();
      float sum = 0;
      for (float value : gradient) {
        assertThat(value).isFinite();
        sum += Math.abs(value);
      }
      assertThat(sum).isPositive();
    }
  }

  @Test
  void distanceLeavesOneArrayBehind() {
    try (Lpips lpips = Lpips.load(small(), Precision.FLOAT32, manager)) {
      NDArray x = manager.randomUniform(-1, 1, new Shape(1, 3, 16, 16));
      NDArray y = x.neg();
      int before = manager.getManagedArrays().size();
      lpips.forward(x, y);
      assertThat(manager.getManagedArrays()).hasSize(before + 1);
    }
  }

  @Test
  void imagesThatDoNotFitAreRefused() {
    try (Lpips lpips = Lpips.load(small(), Precision.FLOAT32, manager)) {
      NDArray good = manager.zeros(new Shape(1, 3, 16, 16));
      for (Shape shape :
          List.of(new Shape(3, 16, 16), new Shape(1, 1, 16, 16), new Shape(1, 3, 15, 16))) {
        assertThatThrownBy(() -> lpips.forward(manager.zeros(shape), good))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("prediction")
            .hasMessageContaining(shape.toString());
      }
      assertThatThrownBy(() -> lpips.forward(good, good.toType(DataType.FLOAT64, true)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("target");
      assertThatThrownBy(() -> lpips.forward(good, manager.zeros(new Shape(2, 3, 16, 16))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("same shape");
    }
  }

  @Test
  void missingPathSaysHowToGetTheWeights() {
    assertThatThrownBy(() -> Lpips.load(folder.resolve("none"), Precision.FLOAT32, manager))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("none: no such folder")
        .hasMessageContaining("hf download timm/vgg16.tv_in1k");
    assertThatThrownBy(() -> Lpips.load(folder, Precision.FLOAT32, manager))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("neither model.safetensors nor");
  }

  @Test
  void tensorsThatDoNotFitAreNamedBeforeAnyIsRead() {
    refused("features.12.bias", null, "is missing");
    refused("features.0.weight", null, "is missing");
    refused("features.30.weight", manager.ones(new Shape(2)), "is not part of this model");
    refused("avgpool.weight", manager.ones(new Shape(2)), "is not part of torchvision's vgg16");
    refused("features.5.weight", manager.ones(new Shape(4, 5, 3, 3)), "got (4, 5, 3, 3)");
    refused(
        "features.0.weight", manager.ones(new Shape(4, 3)), "must be (out, in, 3, 3), got (4, 3)");
    refused("features.2.bias", manager.zeros(new Shape(4), DataType.INT64), "got I64");
    refused("lin3.model.1.weight", null, "is missing");
    refused("lin0.model.1.weight", null, "is missing");
    refused("lin4.model.1.weight", manager.ones(new Shape(1, 9, 1, 1)), "got (1, 9, 1, 1)");
    Map<String, NDArray> headless = smallWeights();
    headless.keySet().removeIf(name -> name.startsWith("lin"));
    Path file = VggFile.write(folder.resolve("headless"), headless, TensorType.F32);
    assertThatThrownBy(() -> Lpips.load(file, Precision.FLOAT32, manager))
        .hasMessageContaining(file.toString())
        .hasMessageContaining("no heads of its own");
  }

  private void refused(String tensor, NDArray replacement, String reason) {
    Map<String, NDArray> weights = smallWeights();
    if (replacement == null) {
      weights.remove(tensor);
    } else {
      weights.put(tensor, replacement);
    }
    Path file = VggFile.write(folder.resolve("bad.safetensors"), weights, TensorType.F32);
    int before = manager.getManagedArrays().size();
    assertThatThrownBy(() -> Lpips.load(file, Precision.FLOAT32, manager))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(tensor)
        .hasMessageContaining(reason);
    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  private Path small() {
    return VggFile.write(folder.resolve("vgg16.safetensors"), smallWeights(), TensorType.F32);
  }

  private Map<String, NDArray> smallWeights() {
    return VggFile.small(manager);
  }
}
