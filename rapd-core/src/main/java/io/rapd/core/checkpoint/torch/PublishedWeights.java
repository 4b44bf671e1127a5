package io.rapd.core.checkpoint.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.MappedFile;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.checkpoint.SafetensorsFile;
import io.rapd.core.checkpoint.ShardIndex;
import io.rapd.core.nn.TensorSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Weights as their authors publish them: a safetensors file or one of torch.save, or a folder of
 * the Hugging Face hub with either. A folder's safetensors files are preferred.
 */
public final class PublishedWeights implements TensorSource, AutoCloseable {
  private static final String BIN = "pytorch_model.bin";
  private static final List<String> TORCH_ENDINGS = List.of(".pth", ".pt", ".bin", ".ckpt");

  private final String description;
  private final List<AutoCloseable> files;
  private final Map<String, TensorSource> sourceOf;

  private PublishedWeights(
      String description, List<AutoCloseable> files, Map<String, TensorSource> sourceOf) {
    this.description = description;
    this.files = files;
    this.sourceOf = Collections.unmodifiableMap(sourceOf);
  }

  /**
   * Opens a file or folder. The kind of a file is told from its content.
   *
   * @param path a file, or a folder with {@code model.safetensors} or {@code pytorch_model.bin}, or
   *     either's {@code .index.json} and shards
   * @throws CheckpointException where it is missing or damaged, or where a file of torch.save names
   *     anything that tensors do not need
   */
  public static PublishedWeights open(Path path) {
    if (!Files.isDirectory(path)) {
      if (isTorchFile(path)) {
        return of(TorchFile.open(path));
      }
      SafetensorsFile file = SafetensorsFile.open(path);
      return of(file, file);
    }
    boolean safetensors =
        Files.exists(path.resolve("model.safetensors"))
            || Files.exists(path.resolve("model.safetensors.index.json"));
    Path bin = path.resolve(BIN);
    Path index = path.resolve(BIN + ".index.json");
    if (!safetensors && Files.exists(bin)) {
      return of(TorchFile.open(bin));
    }
    if (!safetensors && Files.exists(index)) {
      return openShards(ShardIndex.read(index, ".bin"));
    }
    if (!safetensors) {
      throw new CheckpointException(
          "%s: has neither model.safetensors nor %s, nor the index of either's shards", path, BIN);
    }
    ModelFolder folder = ModelFolder.open(path);
    return of(folder, folder);
  }

  /** By content, and by ending where the content is neither's. */
  private static boolean isTorchFile(Path path) {
    String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
    try (MappedFile file = MappedFile.open(path)) {
      // A safetensors header begins with a brace after its length; the length may be any bytes.
      if (file.size() > 8 && file.read(8, 1).get(0) == '{') {
        return false;
      }
      return TorchFile.isOne(file) || TORCH_ENDINGS.stream().anyMatch(name::endsWith);
    }
  }

  private static PublishedWeights of(TorchFile file) {
    return of(file, file);
  }

  private static PublishedWeights of(TensorSource source, AutoCloseable file) {
    Map<String, TensorSource> sourceOf = new TreeMap<>();
    source.names().forEach(name -> sourceOf.put(name, source));
    return new PublishedWeights(source.description(), List.of(file), sourceOf);
  }

  private static PublishedWeights openShards(ShardIndex index) {
    List<AutoCloseable> files = new ArrayList<>();
    Map<String, TensorSource> sourceOf = new TreeMap<>();
    Map<String, Path> found = new TreeMap<>();
    try {
      for (String shard : index.shards()) {
        TorchFile file = TorchFile.open(index.require(shard));
        files.add(file);
        for (String name : file.names()) {
          sourceOf.put(name, file);
          Path other = found.put(name, file.path());
          if (other != null) {
            throw new CheckpointException(
                "%s: tensor \"%s\" is in %s as well", file.path(), name, other.getFileName());
          }
        }
      }
      index.requireAgreement(found);
      return new PublishedWeights(index.file().toString(), List.copyOf(files), sourceOf);
    } catch (RuntimeException e) {
      close(files);
      throw e;
    }
  }

  private TensorSource source(String name) {
    TensorSource source = sourceOf.get(name);
    if (source == null) {
      throw new CheckpointException(description + ": has no tensor \"" + name + "\"");
    }
    return source;
  }

  /** The names of all tensors, sorted. */
  @Override
  public Set<String> names() {
    return sourceOf.keySet();
  }

  @Override
  public Shape shape(String name) {
    return source(name).shape(name);
  }

  @Override
  public String storedType(String name) {
    return source(name).storedType(name);
  }

  @Override
  public NDArray read(String name, NDManager manager) {
    return source(name).read(name, manager);
  }

  @Override
  public NDArray readBFloat16(String name, NDManager manager) {
    return source(name).readBFloat16(name, manager);
  }

  @Override
  public NDArray readRows(String name, long[] rows, NDManager manager) {
    return source(name).readRows(name, rows, manager);
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public String origin(String name) {
    return source(name).origin(name);
  }

  /** Closes all files. Arrays that they gave stay valid. */
  @Override
  public void close() {
    close(files);
  }

  private static void close(List<AutoCloseable> files) {
    for (AutoCloseable file : files) {
      try {
        file.close();
      } catch (CheckpointException e) {
        throw e;
      } catch (Exception e) {
        throw new CheckpointException("a file of weights cannot be closed: " + e.getMessage(), e);
      }
    }
  }
}
