package io.rapd.train.stage2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.image.ContactSheet;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.core.torch.GradMode;
import io.rapd.dit.Denoiser;
import io.rapd.dit.flow.LatentSampler;
import io.rapd.dit.flow.Solver.StepListener;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.NifFolder;
import java.nio.file.Path;
import java.util.List;

/**
 * One image per preview prompt. Each is the image that {@code rapd generate} gives for this prompt
 * alone with the run's {@code loop.seed}.
 */
final class Stage2Preview {
  private static final int CELL = 192;

  private final Stage2Config config;
  private final NifFolder nif;
  private final TextEncoder text;
  private final LatentSampler sampler;

  Stage2Preview(Stage2Config config, NifFolder nif, TextEncoder text, Denoiser denoiser) {
    this.config = config;
    this.nif = nif;
    this.text = text;
    this.sampler =
        new LatentSampler(
            denoiser::forward,
            config.denoiser().latentShape(),
            config.flow(),
            config.sampling(),
            config.loop().seed());
  }

  /** Writes the images as one PNG file. */
  void write(NDManager manager, Path file) {
    int size = config.preview().size();
    PixelGrid pixels = new PixelGrid(size, size);
    ContactSheet grid = new ContactSheet(CELL, List.of(size + " x " + size));
    try (GradMode off = GradMode.disabled()) {
      for (String prompt : config.preview().prompts()) {
        sampler.sample(
            text,
            List.of(prompt),
            "",
            manager,
            StepListener.NONE,
            (latent, index) -> {
              NDArray z = nif.description().statistics().denormalize(latent); // (1, C, R, R)
              NDArray image = nif.field().render(z, pixels, pixels.whole()); // (1, 3, size, size)
              grid.row(prompt, List.of(ImageTensors.image(image, 0)));
            });
      }
    }
    new RgbImageWriter().writePng(grid.draw(), file);
  }
}
