package io.rapd.train.stage2;

import ai.djl.Device;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.torch.Precision;
import io.rapd.dit.text.CachingTextEncoder;
import io.rapd.dit.text.TextEncoder;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.loop.GradientExchange;
import io.rapd.train.loop.PlanCheck;
import io.rapd.train.loop.Ranks;
import io.rapd.train.loop.RunPrecision;
import io.rapd.train.loop.StageRun;
import io.rapd.train.loop.TrainingRun;
import io.rapd.train.prepare.PreparedFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A run of stage 2, from a configuration and a trained field to a model folder. */
public final class Stage2Training {
  private final Stage2Config config;
  private final Device device;
  private final GradientExchange exchange;
  private final Ranks ranks;

  public Stage2Training(Stage2Config config, Device device) {
    this(config, device, GradientExchange.identity(), Ranks.alone());
  }

  /** As the other, in this precision, whatever the configuration says. */
  public Stage2Training(Stage2Config config, Device device, Precision precision) {
    this(config, device, precision, GradientExchange.identity());
  }

  /** A run of several processes; this is one of them. */
  public Stage2Training(Stage2Config config, Device device, Ranks ranks) {
    this(config, device, GradientExchange.over(ranks, config.loop()), ranks);
  }

  Stage2Training(
      Stage2Config config, Device device, Precision precision, GradientExchange exchange) {
    this(RunPrecision.with(config, Stage2Config.class, precision), device, exchange, Ranks.alone());
  }

  private Stage2Training(
      Stage2Config config, Device device, GradientExchange exchange, Ranks ranks) {
    this.config = config;
    this.device = device;
    this.exchange = exchange;
    this.ranks = ranks;
  }

  /**
   * Trains and writes the model. A resumed run keeps the generator of its checkpoint, whatever the
   * configuration says.
   *
   * @param out the run's folder
   * @param resume whether to go on from its newest checkpoint
   * @return {@code out/model}: a folder with {@code nif} (a {@link io.rapd.nif.NifFolder}) and
   *     {@code denoiser} (a {@link io.rapd.dit.DenoiserFolder})
   * @throws IllegalArgumentException naming the file or field that does not fit
   * @throws IllegalStateException where a loss is not finite
   */
  public Path run(Path out, boolean resume) {
    Stage2Config own =
        ranks.together(
            () ->
                RunPrecision.decided(
                    resume ? withGeneratorOf(out) : config,
                    Stage2Config.class,
                    device,
                    out,
                    resume));
    StageRun run = new StageRun(own, device, exchange, ranks);
    run.requireSameConfiguration();
    ranks.together(
        () -> {
          PlanCheck.requireFit(own, Stage2Config.class, device);
          return own;
        });
    ImageTextSource source = ranks.together(() -> own.data().openTrain(true));
    Optional<PreparedFolder> prepared =
        ranks.together(() -> own.prepared().folder().map(PreparedFolder::open));
    try (TextEncoder text =
        ranks.together(() -> prepared.isPresent() ? prepared.get() : textEncoder(own, run))) {
      return run.run(
          out,
          resume,
          manager -> new Stage2(own, source, prepared, text, run.precision(), manager, ranks));
    }
  }

  /** Streamed captions do not recur: their states stay on the device and are not kept. */
  private static TextEncoder textEncoder(Stage2Config config, StageRun run) {
    TextEncoder encoder = config.text().open(run.precision(), run.device());
    return config.data().stream().streams() > 0
        ? encoder
        : new CachingTextEncoder(encoder, config.textCache());
  }

  /** Checkpoints of earlier versions name no generator: theirs was {@code java}. */
  private Stage2Config withGeneratorOf(Path out) {
    String wanted = config.generator().toString();
    String before =
        TrainingRun.configOfNewest(out)
            .map(checkpoint -> checkpoint.path("generator").asText(NoiseGenerator.JAVA.toString()))
            .orElse(wanted);
    if (before.equals(wanted)) {
      return config;
    }
    System.err.println(
        out + ": keeps the generator of its checkpoints, " + before + ", instead of " + wanted);
    return ConfigFile.with(config, Stage2Config.class, List.of("generator=" + before));
  }
}
