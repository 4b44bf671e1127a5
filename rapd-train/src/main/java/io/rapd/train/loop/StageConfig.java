package io.rapd.train.loop;

import io.rapd.train.data.DataConfig;

/** What the configurations of both stages have in common. */
public interface StageConfig {
  DataConfig data();

  OptimizerConfig optimizer();

  LoopConfig loop();
}
