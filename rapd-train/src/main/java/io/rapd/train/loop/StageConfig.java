package io.rapd.train.loop;

import io.rapd.core.torch.PrecisionChoice;
import io.rapd.train.data.DataConfig;

/** What the configurations of both stages have in common. */
public interface StageConfig {
  /** In which networks compute. */
  PrecisionChoice precision();

  DataConfig data();

  OptimizerConfig optimizer();

  LoopConfig loop();
}
