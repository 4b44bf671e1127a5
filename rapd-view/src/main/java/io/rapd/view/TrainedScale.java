package io.rapd.view;

import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.config.ConfigFile;
import io.rapd.nif.NifFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;

/**
 * The largest scale s_max that stage 1 trained a field at, in pixels per latent cell; what lies
 * beyond is extrapolated. The field records it; of fields of earlier versions, the configuration of
 * their training run has it.
 */
final class TrainedScale {
  private TrainedScale() {}

  /**
   * Of a field.
   *
   * @param given its folder, or that of its training run
   * @return empty if neither it nor a configuration of stage 1 there tells
   */
  static OptionalDouble of(NifFolder.Description field, Path given) {
    return field.trainedScale() > 0 ? OptionalDouble.of(field.trainedScale()) : ofRun(given);
  }

  private static OptionalDouble ofRun(Path given) {
    Path folder = given.toAbsolutePath().normalize();
    Path parent = folder.getParent();
    OptionalDouble own = read(folder);
    return own.isPresent() || parent == null || !folder.endsWith("model") ? own : read(parent);
  }

  private static OptionalDouble read(Path folder) {
    Path config = folder.resolve("config.json");
    if (!Files.isRegularFile(config)) {
      return OptionalDouble.empty();
    }
    JsonNode scale = ConfigFile.readTree(config).at("/crop/maxScale");
    return scale.isNumber() ? OptionalDouble.of(scale.doubleValue()) : OptionalDouble.empty();
  }
}
