package io.rapd.train.stage1;

import io.rapd.core.torch.CompiledKernels;
import org.junit.jupiter.api.Test;

class Stage1KernelsCompileTest {
  @Test
  void everyKernelOfTrainingButStage2sCompiles() throws Exception {
    ReconstructionLoss.sum(0.5);
    Class.forName("io.rapd.train.loop.Workers"); // its kernel is created with the class
    CompiledKernels.assertCompleteAndCompile("/stage2/");
  }
}
