package io.rapd.core.checkpoint.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.MappedFile;
import io.rapd.core.checkpoint.TensorCopy;
import io.rapd.core.nn.TensorSource;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/**
 * One file of torch.save ({@code .pth}, {@code .pt}, {@code .bin}, {@code .ckpt}), of the zip
 * format or the one before PyTorch 1.6. Opening reads the description of the tensors and checks
 * every offset and shape; nothing that the file names is executed. Values are read from the mapped
 * file, one tensor at a time. Safe for use by several threads.
 *
 * <p>A tensor's name is its place in the nested dictionaries and lists, with dots between: {@code
 * features.0.weight} in a plain state_dict, {@code state_dict.features.0.weight} in a checkpoint.
 */
public final class TorchFile implements TensorSource, AutoCloseable {
  private static final byte[] ZIP = {'P', 'K', 3, 4};
  private static final byte[] PICKLE = {(byte) 0x80};

  private final Path path;
  private final StorageMap storages;
  private final Map<String, TensorView> views;

  private TorchFile(Path path, StorageMap storages, Map<String, TensorView> views) {
    this.path = path;
    this.storages = storages;
    this.views = Collections.unmodifiableMap(views);
  }

  /**
   * Opens a file.
   *
   * @throws CheckpointException where it is missing, cut short or damaged, holds no tensors, or
   *     names anything that tensors do not need
   */
  public static TorchFile open(Path path) {
    MappedFile file = MappedFile.open(path);
    StorageMap opened = null;
    try {
      Object root;
      if (startsWith(file, ZIP)) {
        TorchZip zip = new TorchZip(file);
        opened = zip;
        root = zip.root();
      } else if (startsWith(file, PICKLE)) {
        TorchLegacy legacy = new TorchLegacy(file);
        opened = legacy;
        root = legacy.root();
      } else {
        throw new CheckpointException(
            path
                + ": is not a file of torch.save: it begins with neither a zip header nor a pickle");
      }
      Map<String, TensorView> views = NamedTensors.of(path.toString(), root, opened);
      if (views.isEmpty()) {
        throw new CheckpointException(path + ": holds no tensors");
      }
      return new TorchFile(path, opened, views);
    } catch (RuntimeException e) {
      if (opened == null) {
        file.close();
      } else {
        opened.close();
      }
      throw e;
    }
  }

  /** Whether a file begins as one of torch.save does. */
  static boolean isOne(MappedFile file) {
    return startsWith(file, ZIP) || startsWith(file, PICKLE);
  }

  private static boolean startsWith(MappedFile file, byte[] start) {
    return file.size() >= start.length && ByteBuffer.wrap(start).equals(file.read(0, start.length));
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** The names of all tensors, sorted. */
  @Override
  public Set<String> names() {
    return views.keySet();
  }

  @Override
  public Shape shape(String name) {
    return view(name).shape();
  }

  /** The format; one that no array can hold, such as {@code C64}, is no error until it is read. */
  @Override
  public String storedType(String name) {
    return view(name).tensor().type().name();
  }

  /**
   * A copy of one tensor in native memory, on the manager's device. F32, F64, I64, I32, I8, U8 and
   * BOOL keep their type; F16 and BF16 become float32, exactly.
   *
   * @throws CheckpointException where the tensor is missing or its type has no array type
   */
  @Override
  public NDArray read(String name, NDManager manager) {
    TensorView view = view(name);
    StorageMap.Region region = storages.region(view.tensor().storage());
    return TensorCopy.read(view.values(region), view.entry(path, region), manager);
  }

  @Override
  public NDArray readBFloat16(String name, NDManager manager) {
    TensorView view = view(name);
    StorageMap.Region region = storages.region(view.tensor().storage());
    return TensorCopy.readBFloat16(view.values(region), view.entry(path, region), manager);
  }

  @Override
  public NDArray readRows(String name, long[] rows, NDManager manager) {
    TensorView view = view(name);
    StorageMap.Region region = storages.region(view.tensor().storage());
    return TensorCopy.readRows(view.values(region), view.entry(path, region), rows, manager);
  }

  @Override
  public String description() {
    return path.toString();
  }

  @Override
  public String origin(String name) {
    return path.toString();
  }

  private TensorView view(String name) {
    TensorView view = views.get(name);
    if (view == null) {
      throw new CheckpointException(path + ": has no tensor \"" + name + "\"");
    }
    return view;
  }

  /** Closes the file. Arrays that it gave stay valid. */
  @Override
  public void close() {
    storages.close();
  }
}
