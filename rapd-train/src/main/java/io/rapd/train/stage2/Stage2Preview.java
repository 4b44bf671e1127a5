package io.rapd.train.stage2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.image.ContactSheet;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.Denoiser;
import io.rapd.dit.flow.EulerSolver;
import io.rapd.dit.flow.GuidedField;
import io.rapd.dit.flow.Solver;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.NifFolder;
import java.nio.file.Path;
import java.util.List;

/** Generates an image for each preview prompt, always from the same noise. */
final class Stage2Preview {
  private static final int CELL = 192;

  private final Stage2Config config;
  private final NifFolder nif;
  private final TextEncoder text;
  private final Denoiser denoiser;

  Stage2Preview(Stage2Config config, NifFolder nif, TextEncoder text, Denoiser denoiser) {
    this.config = config;
    this.nif = nif;
    this.text = text;
    this.denoiser = denoiser;
  }

  /** Writes the images as one PNG file. */
  void write(NDManager manager, Path file) {
    int size = config.preview().size();
    ContactSheet grid = new ContactSheet(CELL, List.of(size + " x " + size));
    for (String prompt : config.preview().prompts()) {
      grid.row(prompt, List.of(generate(prompt, size, manager)));
    }
    new RgbImageWriter().writePng(grid.draw(), file);
  }

  private RgbImage generate(String prompt, int size, NDManager manager) {
    int side = config.denoiser().latentSize();
    Shape shape = new Shape(1, config.denoiser().channels(), side, side);
    PixelGrid pixels = new PixelGrid(size, size);
    try (NDManager scope = manager.newSubManager();
        GradMode plain = GradMode.disabled()) {
      GuidedField field =
          new GuidedField(
              denoiser::forward,
              config.flow().prediction(),
              config.sampling().guidance(),
              text.encode(List.of(prompt), scope).states(),
              text.encode(List.of(""), scope).states());
      NDArray noise = RandomStream.of(config.loop().seed(), "preview", 0).normal(scope, shape);
      double[] times = config.flow().shift().timesteps(config.sampling().steps());
      NDArray latent = new EulerSolver().solve(field, noise, times, Solver.StepListener.NONE);
      NDArray z = nif.description().statistics().denormalize(latent); // (1, C, R, R)
      return ImageTensors.image(nif.field().render(z, pixels, pixels.whole()), 0);
    }
  }
}
