package io.rapd.cli;

import io.rapd.core.config.ConfigFile;
import io.rapd.train.loop.StageConfig;
import io.rapd.train.stage1.Stage1Config;
import io.rapd.train.stage2.Stage2Config;
import java.nio.file.Path;
import java.util.List;

/** A configuration file of either stage; that of stage 2 has a {@code denoiser}. */
record StageFile(Path file, List<String> overrides) {
  /**
   * Reads it.
   *
   * @throws io.rapd.core.config.ConfigException if it cannot be used
   */
  StageConfig read() {
    return isStage2()
        ? ConfigFile.read(file, Stage2Config.class, overrides)
        : ConfigFile.read(file, Stage1Config.class, overrides);
  }

  private boolean isStage2() {
    return ConfigFile.readTree(file).has("denoiser");
  }
}
