package io.rapd.train.loop;

import ai.djl.Device;
import io.rapd.core.torch.PrecisionChoice;
import io.rapd.train.data.DataConfig;
import java.util.List;

/** What the configurations of both stages have in common. */
public interface StageConfig {
  /** In which networks compute. */
  PrecisionChoice precision();

  DataConfig data();

  OptimizerConfig optimizer();

  LoopConfig loop();

  /** What training on a device will hold in memory. */
  MemoryPlan plan(Device device);

  /**
   * Settings that save memory and change results by rounding at most, as {@code path=value}, in the
   * order in which to try them.
   */
  List<String> memorySavers(Device device);
}
