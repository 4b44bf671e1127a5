package io.rapd.core.metric;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.AdamW;
import io.rapd.core.torch.Bfloat16Products;
import io.rapd.core.torch.CompiledKernels;
import io.rapd.core.torch.GradientClipping;
import io.rapd.core.torch.MovingAverage;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.SampleNoise;
import io.rapd.core.torch.TorchRandn;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelsCompileTest {
  @TempDir Path folder;

  @Test
  void everyKernelOfTheOptimiserTheReaderAndTheMetricsCompiles() throws Exception {
    Class.forName("io.rapd.core.nn.Int8Matrix"); // its kernel is made when it is initialised
    try (NDManager manager = NDManager.newBaseManager()) {
      Path file = VggFile.write(folder.resolve("vgg"), VggFile.small(manager), TensorType.BF16);
      try (Lpips lpips = Lpips.load(file, Precision.BFLOAT16, manager)) {
        NDArray images = manager.zeros(new Shape(1, 3, 16, 16));
        lpips.forward(images, images);
      }
      List<NDArray> one = List.of(manager.ones(new Shape(1)));
      List<NDArray> zero = List.of(manager.zeros(new Shape(1)));
      new AdamW(0.9, 0.95, 1e-8, 0).step(one, zero, zero, zero, 1, 1e-4, manager);
      List<NDArray> half = List.of(Precision.BFLOAT16.cast(zero.get(0)));
      new AdamW(0.9, 0.95, 1e-8, 0).step(one, zero, half, half, 1, 1e-4, manager);
      MovingAverage.update(zero, one, 0.9);
      GradientClipping.clip(one, 1);
      Precision.BFLOAT16.cast(one.get(0));
      Bfloat16Products.widenedOn(manager.getDevice());
      TorchRandn.normal(manager, new Shape(1), 0);
      ImageTensors.stack(List.of(RgbImage.fromRgbBytes(1, 1, new byte[3])), manager);
      SampleNoise.normal(manager, new long[] {1}, new Shape(2));
    }
    CompiledKernels.assertCompleteAndCompile();
  }
}
