package io.rapd.train.stage1;

import ai.djl.Device;
import io.rapd.core.torch.Precision;
import io.rapd.train.loop.GradientExchange;
import io.rapd.train.loop.PlanCheck;
import io.rapd.train.loop.Ranks;
import io.rapd.train.loop.RunPrecision;
import io.rapd.train.loop.StageRun;
import java.nio.file.Path;

/** A run of stage 1, from a configuration to a model folder. */
public final class Stage1Training {
  private final Stage1Config config;
  private final Device device;
  private final GradientExchange exchange;
  private final Ranks ranks;

  public Stage1Training(Stage1Config config, Device device) {
    this(config, device, GradientExchange.identity(), Ranks.alone());
  }

  /** As the other, in this precision, whatever the configuration says. */
  public Stage1Training(Stage1Config config, Device device, Precision precision) {
    this(config, device, precision, GradientExchange.identity());
  }

  /** A run of several processes; this is one of them. */
  public Stage1Training(Stage1Config config, Device device, Ranks ranks) {
    this(config, device, GradientExchange.over(ranks, config.loop()), ranks);
  }

  Stage1Training(
      Stage1Config config, Device device, Precision precision, GradientExchange exchange) {
    this(RunPrecision.with(config, Stage1Config.class, precision), device, exchange, Ranks.alone());
  }

  private Stage1Training(
      Stage1Config config, Device device, GradientExchange exchange, Ranks ranks) {
    this.config = config;
    this.device = device;
    this.exchange = exchange;
    this.ranks = ranks;
  }

  /**
   * Trains and writes the model.
   *
   * @param out the run's folder
   * @param resume whether to go on from its newest checkpoint
   * @return {@code out/model}: a {@link io.rapd.nif.NifFolder}
   * @throws IllegalArgumentException naming the file or field that does not fit
   * @throws IllegalStateException where a loss is not finite
   */
  public Path run(Path out, boolean resume) {
    Stage1Config own =
        ranks.together(() -> RunPrecision.decided(config, Stage1Config.class, device, out, resume));
    StageRun run = new StageRun(own, device, exchange, ranks);
    run.requireSameConfiguration();
    ranks.together(
        () -> {
          PlanCheck.requireFit(own, Stage1Config.class, device);
          return own;
        });
    return run.run(out, resume, manager -> new Stage1(own, run.precision(), manager, ranks));
  }
}
