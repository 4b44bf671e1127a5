package io.rapd.nif.teacher;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import io.rapd.core.torch.CompiledKernels;
import io.rapd.core.torch.Precision;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifConfig;
import io.rapd.nif.distill.AdaptiveWeight;
import io.rapd.nif.distill.DistillationConfig;
import io.rapd.nif.distill.DistillationHead;
import io.rapd.nif.distill.SemanticDistillation;
import io.rapd.nif.encoder.EdsrConfig;
import io.rapd.nif.encoder.EdsrEncoder;
import io.rapd.nif.render.ClifConfig;
import io.rapd.nif.render.CqarConfig;
import io.rapd.nif.render.LiifConfig;
import io.rapd.nif.render.Renderer;
import io.rapd.nif.render.RendererConfig;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelsCompileTest {
  @Test
  void everyKernelOfTheFieldAndTheTeachersCompiles() throws Exception {
    NifConfig config = new NifConfig(new EdsrConfig(2, 1, 1), new CqarConfig(8, 2, 2, 2, 2));
    new DistillationHead(2, 4);
    new SemanticDistillation(new DistillationConfig(0.1, 0.5, 0.25, 4));
    for (PositionInterpolation rule : PositionInterpolation.values()) {
      for (int registers = 0; registers < 2; registers++) {
        new Dinov2(new Dinov2Config(8, 1, 2, 2, 4, 2, 1e-6, registers), rule, Precision.BFLOAT16);
      }
    }
    for (boolean quick : new boolean[] {false, true}) {
      new ClipVision(new ClipVisionConfig(8, 8, 1, 2, 2, 4, quick, 1e-5), Precision.BFLOAT16);
    }
    TeacherInput.normalisation(List.of(0.5, 0.5, 0.5), List.of(0.2, 0.2, 0.2));
    try (NDManager manager = NDManager.newBaseManager()) {
      NeuralImageField field = new NeuralImageField(config, Precision.BFLOAT16);
      field.initialize(manager, 1);
      NDArray images = manager.zeros(new Shape(1, 3, 4, 4));
      NDArray latent = field.encode(TeacherInput.resize(images, 3, 3));
      EdsrEncoder wide = new EdsrEncoder(new EdsrConfig(2, 1, 1, 3), Precision.FLOAT32);
      wide.initialize(manager, 1);
      wide.forward(images);
      // A region that cuts windows, so that tokens are cropped.
      field.render(latent, new PixelGrid(7, 7), new Region(1, 1, 3, 3));
      RendererConfig liif = new LiifConfig(List.of(4, 4), true, true, true);
      for (RendererConfig baseline :
          List.of(liif, new ClifConfig(4, false), new ClifConfig(32, true))) {
        Renderer renderer = baseline.build(2, Precision.BFLOAT16);
        renderer.initialize(manager, 1);
        renderer.render(latent, new PixelGrid(7, 7), new Region(1, 1, 3, 3));
      }
      new LatentStatistics.Accumulator(2).add(latent);
      NDArray weight = manager.zeros(new Shape(2, 2, 3, 3));
      AdaptiveWeight.weightGradientNorm(latent, latent, weight);
      AdaptiveWeight.weightGradient(latent, latent, weight);
    }
    // TeacherTorchFileTest reads original files and runs their kernel.
    CompiledKernels.assertCompleteAndCompile("Dinov2Original");
  }
}
