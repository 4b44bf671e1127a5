package io.rapd.core.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.nn.TensorSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A model folder as Hugging Face lays it out: {@code config.json} beside {@code model.safetensors},
 * or {@code model.safetensors.index.json} and its shards. Presents the union of the tensors by
 * name. Checkpoints written here are such folders too, with further weights under other stems
 * ({@code ema.safetensors}, ...).
 */
public final class ModelFolder implements TensorSource, AutoCloseable {
  private final Path folder;
  private final Path weights;
  private final List<SafetensorsFile> files;
  private final Map<String, SafetensorsFile> fileOf;

  private ModelFolder(
      Path folder, Path weights, List<SafetensorsFile> files, Map<String, SafetensorsFile> fileOf) {
    this.folder = folder;
    this.weights = weights;
    this.files = files;
    this.fileOf = Collections.unmodifiableMap(fileOf);
  }

  /**
   * Checks that the folder of a published network is there.
   *
   * @param network what it is, such as {@code DINOv2}
   * @param model the name on the Hugging Face hub of the usual choice
   * @param others the names of further choices
   * @throws CheckpointException saying how to get the weights where there is no such folder
   */
  public static void requirePublished(Path folder, String network, String model, String... others) {
    if (!Files.isDirectory(folder)) {
      throw new CheckpointException(
          "%s: no such folder; get the weights of %s from the Hugging Face hub: hf download %s"
              + " --local-dir %s%s",
          folder,
          network,
          model,
          folder,
          others.length == 0 ? "" : " (or " + String.join(", ", others) + ")");
    }
  }

  /** Opens the weights of the stem {@code model}. */
  public static ModelFolder open(Path folder) {
    return open(folder, "model");
  }

  /**
   * Opens {@code STEM.safetensors}, or else the shards of {@code STEM.safetensors.index.json}.
   *
   * @throws CheckpointException where the folder or a file is missing or damaged, or where index
   *     and shards contradict each other
   */
  public static ModelFolder open(Path folder, String stem) {
    AtomicFolder.recover(folder);
    if (!Files.isDirectory(folder)) {
      throw new CheckpointException(folder + ": no such folder; expected a model folder");
    }
    Path single = folder.resolve(stem + ".safetensors");
    Path index = folder.resolve(stem + ".safetensors.index.json");
    if (Files.exists(single)) {
      SafetensorsFile file = SafetensorsFile.open(single);
      Map<String, SafetensorsFile> fileOf = new TreeMap<>();
      file.names().forEach(name -> fileOf.put(name, file));
      return new ModelFolder(folder, single, List.of(file), fileOf);
    }
    if (Files.exists(index)) {
      return openShards(folder, ShardIndex.read(index, ".safetensors"));
    }
    throw new CheckpointException(
        folder
            + ": has neither "
            + single.getFileName()
            + " nor "
            + index.getFileName()
            + pickled(folder));
  }

  /** What to do where only pickled weights are there. */
  private static String pickled(Path folder) {
    for (String name : List.of("pytorch_model.bin", "pytorch_model.bin.index.json")) {
      if (Files.exists(folder.resolve(name))) {
        return "; it has "
            + name
            + ": load it in Python and write it with model.save_pretrained(folder,"
            + " safe_serialization=True), or get the model's .safetensors";
      }
    }
    return "";
  }

  /**
   * Writes {@code config.json} and {@code model.safetensors} into a folder, which must exist; for
   * use within {@link AtomicFolder#write}.
   *
   * @param config a record
   * @param weights the tensors
   */
  public static void fill(Path folder, Object config, SafetensorsOutput weights)
      throws IOException {
    Files.writeString(folder.resolve("config.json"), ConfigFile.write(config));
    weights.writeTo(folder.resolve("model.safetensors"));
  }

  private static ModelFolder openShards(Path folder, ShardIndex index) {
    List<SafetensorsFile> files = new ArrayList<>();
    Map<String, SafetensorsFile> fileOf = new TreeMap<>();
    try {
      for (String shard : index.shards()) {
        Path path = index.require(shard);
        SafetensorsFile file = SafetensorsFile.open(path);
        files.add(file);
        for (String name : file.names()) {
          SafetensorsFile other = fileOf.put(name, file);
          if (other != null) {
            throw new CheckpointException(
                "%s: tensor \"%s\" is in %s as well", path, name, other.path().getFileName());
          }
        }
      }
      Map<String, Path> found = new TreeMap<>();
      fileOf.forEach((name, file) -> found.put(name, file.path()));
      index.requireAgreement(found);
    } catch (RuntimeException e) {
      files.forEach(SafetensorsFile::close);
      throw e;
    }
    return new ModelFolder(folder, index.file(), List.copyOf(files), fileOf);
  }

  /** The folder. */
  public Path path() {
    return folder;
  }

  /**
   * The path of {@code config.json}.
   *
   * @throws CheckpointException where there is none
   */
  public Path config() {
    Path config = folder.resolve("config.json");
    if (!Files.isRegularFile(config)) {
      throw new CheckpointException(folder + ": has no config.json");
    }
    return config;
  }

  /** The names of all tensors, sorted. */
  @Override
  public Set<String> names() {
    return fileOf.keySet();
  }

  /** What the header says of a tensor. Throws {@link CheckpointException} where it is missing. */
  public TensorEntry entry(String name) {
    return file(name).entry(name);
  }

  /** As {@link SafetensorsFile#bytes}. */
  public ByteBuffer bytes(String name) {
    return file(name).bytes(name);
  }

  /** As {@link SafetensorsFile#read}. */
  @Override
  public NDArray read(String name, NDManager manager) {
    return file(name).read(name, manager);
  }

  /** As {@link SafetensorsFile#readBFloat16}. */
  @Override
  public NDArray readBFloat16(String name, NDManager manager) {
    return file(name).readBFloat16(name, manager);
  }

  @Override
  public NDArray readRows(String name, long[] rows, NDManager manager) {
    return file(name).readRows(name, rows, manager);
  }

  @Override
  public Shape shape(String name) {
    return entry(name).shape();
  }

  @Override
  public String storedType(String name) {
    return file(name).storedType(name);
  }

  /** The weights file, or the index of the shards. */
  @Override
  public String description() {
    return weights.toString();
  }

  @Override
  public String origin(String name) {
    return file(name).origin(name);
  }

  private SafetensorsFile file(String name) {
    SafetensorsFile file = fileOf.get(name);
    if (file == null) {
      throw new CheckpointException("%s: has no tensor \"%s\"", weights, name);
    }
    return file;
  }

  /** Closes all files. Arrays and buffers that they gave stay valid. */
  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }
}
