package io.rapd.train.prepare;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.SafetensorsFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The tensors of all shards {@code STEM-NNNNN.safetensors} of a folder by name. */
final class ShardSet implements AutoCloseable {
  private final Path folder;
  private final String stem;
  private final List<SafetensorsFile> files = new ArrayList<>();
  private final Map<String, SafetensorsFile> fileOf = new HashMap<>();

  private ShardSet(Path folder, String stem) {
    this.folder = folder;
    this.stem = stem;
  }

  /**
   * Opens the shards, if any.
   *
   * @throws CheckpointException where one is damaged
   */
  static ShardSet open(Path folder, String stem) {
    ShardSet set = new ShardSet(folder, stem);
    try (Stream<Path> children = Files.list(folder)) {
      children
          .filter(path -> path.getFileName().toString().matches(stem + "-[0-9]{5}\\.safetensors"))
          .sorted()
          .forEach(
              path -> {
                SafetensorsFile file = SafetensorsFile.open(path);
                set.files.add(file);
                file.names().forEach(name -> set.fileOf.put(name, file));
              });
      return set;
    } catch (IOException e) {
      throw new CheckpointException(folder + ": cannot be read: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      set.close();
      throw e;
    }
  }

  /** The tensor name of a prompt or sample key. */
  static String name(String kind, String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return kind + "." + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /** The file of the n-th shard. */
  static Path file(Path folder, String stem, int number) {
    return folder.resolve(message("%s-%05d.safetensors", stem, number));
  }

  /** The number after that of the last shard. */
  int next() {
    if (files.isEmpty()) {
      return 0;
    }
    String last = files.get(files.size() - 1).path().getFileName().toString();
    return 1 + Integer.parseInt(last.substring(stem.length() + 1, stem.length() + 6));
  }

  boolean holds(String name) {
    return fileOf.containsKey(name);
  }

  /**
   * A tensor.
   *
   * @param what the prompt or key, for the message
   * @throws CheckpointException where it is missing
   */
  NDArray read(String name, String what, NDManager manager) {
    return require(name, what).read(name, manager);
  }

  /**
   * The file that holds a tensor.
   *
   * @param what the prompt or key, for the message
   * @throws CheckpointException where it is missing
   */
  SafetensorsFile require(String name, String what) {
    SafetensorsFile file = fileOf.get(name);
    if (file == null) {
      throw new CheckpointException(
          "%s: no %s shard holds \"%s\"; run rapd prepare again with this configuration",
          folder, stem, what.length() > 80 ? what.substring(0, 80) + "..." : what);
    }
    return file;
  }

  /** The string stored beside a tensor, under the same name. */
  Optional<String> metadata(String name) {
    SafetensorsFile file = fileOf.get(name);
    return file == null ? Optional.empty() : Optional.ofNullable(file.metadata().get(name));
  }

  boolean hasMetadata() {
    return files.stream().anyMatch(file -> !file.metadata().isEmpty());
  }

  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }
}
