package io.rapd.train.loop;

import ai.djl.Device;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.PrecisionChoice;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Turns {@code auto} into the precision of a run, which its checkpoints then name. */
public final class RunPrecision {
  private RunPrecision() {}

  /**
   * The configuration with a decided precision: that of the newest checkpoint where a run goes on
   * and the configuration says {@code auto}, so that a run that moves to another device computes as
   * before.
   *
   * @param out the run's folder
   * @param resume whether the run goes on from its newest checkpoint
   */
  public static <C extends StageConfig> C decided(
      C config, Class<C> type, Device device, Path out, boolean resume) {
    if (config.precision() != PrecisionChoice.AUTO) {
      return config;
    }
    Optional<String> before =
        resume
            ? TrainingRun.configOfNewest(out)
                .map(checkpoint -> checkpoint.path("precision").asText())
                .filter(label -> !label.isEmpty())
            : Optional.empty();
    return with(config, type, before.orElse(config.precision().on(device).label()));
  }

  /** The configuration with another precision. */
  public static <C extends StageConfig> C with(C config, Class<C> type, Precision precision) {
    return with(config, type, precision.label());
  }

  private static <C extends StageConfig> C with(C config, Class<C> type, String label) {
    return ConfigFile.with(config, type, List.of("precision=" + label));
  }
}
