package io.rapd.train.stage2;

import ai.djl.Device;
import io.rapd.core.torch.Precision;
import io.rapd.dit.text.CachingTextEncoder;
import io.rapd.dit.text.TextEncoder;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.loop.GradientExchange;
import io.rapd.train.loop.StageRun;
import io.rapd.train.prepare.PreparedFolder;
import java.nio.file.Path;
import java.util.Optional;

/** A run of stage 2, from a configuration and a trained field to a model folder. */
public final class Stage2Training {
  private final Stage2Config config;
  private final StageRun run;

  public Stage2Training(Stage2Config config, Device device, Precision precision) {
    this(config, device, precision, GradientExchange.identity());
  }

  Stage2Training(
      Stage2Config config, Device device, Precision precision, GradientExchange exchange) {
    this.config = config;
    run = new StageRun(config, device, precision, exchange);
  }

  /**
   * Trains and writes the model.
   *
   * @param out the run's folder
   * @param resume whether to go on from its newest checkpoint
   * @return {@code out/model}: a folder with {@code nif} (a {@link io.rapd.nif.NifFolder}) and
   *     {@code denoiser} (a {@link io.rapd.dit.DenoiserFolder})
   * @throws IllegalArgumentException naming the file or field that does not fit
   * @throws IllegalStateException where a loss is not finite
   */
  public Path run(Path out, boolean resume) {
    ImageTextSource source = config.data().openTrain(true);
    Optional<PreparedFolder> prepared = config.prepared().folder().map(PreparedFolder::open);
    try (TextEncoder text =
        prepared.isPresent()
            ? prepared.get()
            : new CachingTextEncoder(
                config.text().open(run.precision(), run.device()), config.textCache())) {
      return run.run(
          out,
          resume,
          manager -> new Stage2(config, source, prepared, text, run.precision(), manager));
    }
  }
}
