package io.rapd.train.stage2;

import io.rapd.core.torch.CompiledKernels;
import org.junit.jupiter.api.Test;

class Stage2KernelsCompileTest {
  @Test
  void everyKernelOfTrainingButStage1sCompiles() throws Exception {
    Stage2Objective.sum(0.5);
    Class.forName("io.rapd.train.loop.Workers"); // its kernel is created with the class
    CompiledKernels.assertCompleteAndCompile("/stage1/");
  }
}
