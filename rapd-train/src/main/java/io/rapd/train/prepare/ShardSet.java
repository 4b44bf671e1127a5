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
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The tensors of all shards {@code STEM-NNNNN.safetensors} of a folder by name. In memory is where
 * each tensor lies ({@link NameIndex}) and the headers of the shards read last. Safe for use by
 * several threads.
 */
final class ShardSet implements AutoCloseable {
  /** Tensors whose shards stay open, some 300 bytes of header each. */
  private static final int MOST_OPEN_TENSORS = 1 << 18;

  private final Path folder;
  private final String stem;
  private final List<Path> paths;
  private final NameIndex index = new NameIndex();
  private final NameIndex empty = new NameIndex();
  private final Map<Integer, SafetensorsFile> open = new LinkedHashMap<>(16, 0.75f, true);
  private int openTensors;
  private boolean metadata;

  private ShardSet(Path folder, String stem, List<Path> paths) {
    this.folder = folder;
    this.stem = stem;
    this.paths = paths;
  }

  /**
   * Reads the headers of the shards, if any.
   *
   * @throws CheckpointException where one is damaged
   */
  static ShardSet open(Path folder, String stem) {
    Pattern name = Pattern.compile(Pattern.quote(stem) + "-[0-9]{5,9}\\.safetensors");
    List<Path> paths;
    try (Stream<Path> children = Files.list(folder)) {
      paths =
          children
              .filter(path -> name.matcher(path.getFileName().toString()).matches())
              .sorted(Comparator.comparingInt(path -> number(path, stem)))
              .toList();
    } catch (IOException e) {
      throw new CheckpointException(folder + ": cannot be read: " + e.getMessage(), e);
    }
    ShardSet set = new ShardSet(folder, stem, paths);
    for (int shard = 0; shard < paths.size(); shard++) {
      set.index(shard);
    }
    return set;
  }

  private void index(int shard) {
    try (SafetensorsFile file = SafetensorsFile.open(paths.get(shard))) {
      metadata |= !file.metadata().isEmpty();
      for (String name : file.names()) {
        (file.entry(name).shape().size() == 0 ? empty : index).put(name, shard);
      }
    }
  }

  private static int number(Path path, String stem) {
    String name = path.getFileName().toString();
    return Integer.parseInt(name.substring(stem.length() + 1, name.indexOf('.', stem.length())));
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

  /** The file of the n-th shard: five digits, or more from the 100,000th on. */
  static Path file(Path folder, String stem, int number) {
    return folder.resolve(message("%s-%05d.safetensors", stem, number));
  }

  /** The number after that of the last shard. */
  int next() {
    return paths.isEmpty() ? 0 : 1 + number(paths.get(paths.size() - 1), stem);
  }

  /** How many tensors the shards hold. */
  int size() {
    return index.size() + empty.size();
  }

  /** Whether there is a tensor of this name, with or without values. */
  boolean holds(String name) {
    return index.shard(name) != NameIndex.ABSENT || holdsEmpty(name);
  }

  /** Whether there is a tensor of this name without values, which stands for a decision. */
  boolean holdsEmpty(String name) {
    return empty.shard(name) != NameIndex.ABSENT;
  }

  /**
   * A tensor.
   *
   * @param what the prompt or key, for the message
   * @throws CheckpointException where it is missing
   */
  synchronized NDArray read(String name, String what, NDManager manager) {
    require(name, what);
    return file(index.shard(name)).read(name, manager);
  }

  /**
   * Checks that there is a tensor with values; returns the shard that holds it.
   *
   * @param what the prompt or key, for the message
   * @throws CheckpointException where it is missing
   */
  Path require(String name, String what) {
    int shard = index.shard(name);
    if (shard == NameIndex.ABSENT) {
      throw new CheckpointException(
          "%s: no %s shard holds \"%s\"; run rapd prepare again with this configuration",
          folder, stem, what.length() > 80 ? what.substring(0, 80) + "..." : what);
    }
    return paths.get(shard);
  }

  /** The string stored beside a tensor, under the same name. */
  synchronized Optional<String> metadata(String name) {
    int shard = index.shard(name);
    return shard == NameIndex.ABSENT
        ? Optional.empty()
        : Optional.ofNullable(file(shard).metadata().get(name));
  }

  boolean hasMetadata() {
    return metadata;
  }

  /** An open shard; closes those read least recently. */
  private SafetensorsFile file(int shard) {
    SafetensorsFile file = open.get(shard);
    if (file == null) {
      file = SafetensorsFile.open(paths.get(shard));
      openTensors += file.names().size();
      while (openTensors > MOST_OPEN_TENSORS && !open.isEmpty()) {
        close(open.keySet().iterator().next());
      }
      open.put(shard, file);
    }
    return file;
  }

  private void close(int shard) {
    SafetensorsFile file = open.remove(shard);
    if (file != null) {
      openTensors -= file.names().size();
      file.close();
    }
  }

  @Override
  public synchronized void close() {
    List<Integer> all = new ArrayList<>(open.keySet());
    all.forEach(this::close);
  }
}
