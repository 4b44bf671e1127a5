package io.rapd.train.stage2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.Provenance;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.image.ContactSheet;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.core.torch.GradMode;
import io.rapd.dit.Denoiser;
import io.rapd.dit.DenoiserFolder;
import io.rapd.dit.flow.LatentSampler;
import io.rapd.dit.flow.Solver.StepListener;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.NifFolder;
import io.rapd.train.data.UnusableSamples;
import io.rapd.train.loop.StageModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The averaged denoiser with its frozen field and text encoder: a text-to-image model. */
final class Stage2Model implements StageModel {
  private static final int CELL = 192;

  private final Stage2Config config;
  private final NifFolder nif;
  private final TextEncoder text;
  private final Map<String, NDArray> values;
  private final String data;
  private final NDManager manager;
  private final LatentSampler sampler;
  private final Denoiser denoiser;
  private final Optional<FlowValidation> validation;
  private final UnusableSamples unusable;

  /**
   * @param denoiser without values
   * @param values of the denoiser, by name
   * @param data description of the training set
   * @param validation on held-out images, if it is wanted
   * @param unusable is told of held-out images that cannot be read
   */
  Stage2Model(
      Stage2Config config,
      NifFolder nif,
      TextEncoder text,
      Denoiser denoiser,
      Map<String, NDArray> values,
      String data,
      Optional<FlowValidation> validation,
      UnusableSamples unusable,
      NDManager manager) {
    this.denoiser = denoiser;
    this.validation = validation;
    this.unusable = unusable;
    this.config = config;
    this.nif = nif;
    this.text = text;
    this.values = values;
    this.data = data;
    this.manager = manager;
    denoiser.bind(values);
    sampler =
        new LatentSampler(
            denoiser::forward,
            config.denoiser().latentShape(),
            config.flow(),
            config.sampling(),
            config.loop().seed());
  }

  /**
   * One image per preview prompt. Each is the image that {@code rapd generate} gives for this
   * prompt alone with the run's {@code loop.seed}.
   */
  @Override
  public Map<String, Double> preview(Path file) {
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
    return Map.of();
  }

  @Override
  public int every() {
    return config.validation().every();
  }

  @Override
  public Map<String, Double> measure() {
    return validation.orElseThrow().measure(denoiser, manager, unusable);
  }

  @Override
  public void write(Path folder, long step) {
    DenoiserFolder.Description description =
        new DenoiserFolder.Description(
            config.denoiser(),
            config.text(),
            text.provenance(),
            config.flow(),
            config.sampling(),
            Provenance.of(data, config.loop().seed(), step));
    TrainedModel.write(
        folder,
        new TrainedModel.Part(nif.description(), nif.field().values()),
        new TrainedModel.Part(description, values));
  }
}
