package io.rapd.dit.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.CompiledKernels;
import io.rapd.core.torch.Precision;
import io.rapd.dit.DenoiserConfig;
import io.rapd.dit.RepaHead;
import io.rapd.dit.block.TimeEmbedder;
import io.rapd.dit.flow.Parameterization;
import io.rapd.dit.flow.TimeShift;
import io.rapd.dit.flow.TimestepDistribution;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelsCompileTest {
  @Test
  void everyKernelOfTheDenoiserAndTheTextEncodersCompiles() throws Exception {
    new DenoiserConfig(2, 4, 2, 8, 1, 2, 3, 2, 1, 5, 3).build(Precision.BFLOAT16);
    new RepaHead(8, 4, 6, Precision.BFLOAT16);
    new Qwen3Model(new Qwen3Config(9, 8, 1, 2, 1, 4, 6, 16, 1e6, 1e-6), Precision.BFLOAT16);
    for (String name : List.of("GuidedField", "PartlyKnownField", "FlowPath", "FlowMatchingLoss")) {
      Class.forName("io.rapd.dit.flow." + name); // its kernels are made when it is initialised
    }
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray time = manager.zeros(new Shape(1));
      NDArray latent = manager.zeros(new Shape(1, 1, 1, 1));
      TimeEmbedder.features(time, 3);
      new TimestepDistribution(0, 1).times(time, new TimeShift(2));
      new Parameterization.Data(0.05).velocity(latent, latent, time);
    }
    CompiledKernels.assertCompleteAndCompile();
  }
}
