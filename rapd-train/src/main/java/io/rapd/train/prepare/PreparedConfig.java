package io.rapd.train.prepare;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.nio.file.Path;
import java.util.Optional;

/** Whether stage 2 reads the outputs of its frozen networks from a prepared folder. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = PreparedConfig.None.class, name = "none"),
  @JsonSubTypes.Type(value = PreparedConfig.Folder.class, name = "folder")
})
public sealed interface PreparedConfig {
  Optional<Path> folder();

  /** The frozen networks run in every step. */
  record None() implements PreparedConfig {
    @Override
    public Optional<Path> folder() {
      return Optional.empty();
    }
  }

  /**
   * They ran once.
   *
   * @param path of the folder that {@code rapd prepare} wrote
   */
  record Folder(String path) implements PreparedConfig {
    @Override
    public Optional<Path> folder() {
      return Optional.of(Path.of(path));
    }
  }
}
