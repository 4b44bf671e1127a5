package io.rapd.train.prepare;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.nio.file.Path;
import java.util.Optional;

/** Whether stage 2 reads a prepared folder instead of running its frozen networks. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = PreparedConfig.None.class, name = "none"),
  @JsonSubTypes.Type(value = PreparedConfig.Folder.class, name = "folder")
})
public sealed interface PreparedConfig {
  /** The folder, where there is one. */
  Optional<Path> folder();

  /** Frozen networks run in every step. */
  record None() implements PreparedConfig {
    @Override
    public Optional<Path> folder() {
      return Optional.empty();
    }
  }

  /**
   * A folder that {@code rapd prepare} wrote.
   *
   * @param path of the folder
   */
  record Folder(String path) implements PreparedConfig {
    @Override
    public Optional<Path> folder() {
      return Optional.of(Path.of(path));
    }
  }
}
