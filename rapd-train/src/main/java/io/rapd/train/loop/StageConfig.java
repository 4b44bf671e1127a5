package io.rapd.train.loop;

/** What the configurations of both stages have in common. */
public interface StageConfig {
  OptimizerConfig optimizer();

  LoopConfig loop();
}
