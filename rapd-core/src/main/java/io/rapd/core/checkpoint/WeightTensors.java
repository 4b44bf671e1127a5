package io.rapd.core.checkpoint;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.TensorSource;
import io.rapd.core.torch.Kernel;
import java.util.Set;
import java.util.function.Function;

/**
 * The tensors of a file or folder as a module loads them. Weights are F32, F16 or BF16: another
 * type is refused before anything is read.
 */
public final class WeightTensors implements TensorSource {
  /** The bits of an array that is called float16, as bfloat16. */
  private static final String VIEW =
      """
      def forward(self, x: Tensor) -> Tensor:
        return torch.view_copy(x, dtype=15)
      """;

  private final String description;
  private final Set<String> names;
  private final Function<String, TensorEntry> entries;
  private final Reader read;
  private final Reader bits;

  private interface Reader {
    NDArray read(String name, NDManager manager);
  }

  private WeightTensors(
      String description,
      Set<String> names,
      Function<String, TensorEntry> entries,
      Reader read,
      Reader bits) {
    this.description = description;
    this.names = names;
    this.entries = entries;
    this.read = read;
    this.bits = bits;
  }

  /** The tensors of a model folder, which must stay open while they are read. */
  public static WeightTensors of(ModelFolder folder) {
    return new WeightTensors(
        folder.path().toString(), folder.names(), folder::entry, folder::read, folder::readBits16);
  }

  /** The tensors of a file, which must stay open while they are read. */
  public static WeightTensors of(SafetensorsFile file) {
    return new WeightTensors(
        file.path().toString(), file.names(), file::entry, file::read, file::readBits16);
  }

  @Override
  public Set<String> names() {
    return names;
  }

  /**
   * The shape of a tensor.
   *
   * @throws CheckpointException where there is no such tensor, or its type is not one of weights
   */
  @Override
  public Shape shape(String name) {
    TensorEntry entry = entries.apply(name);
    if (entry.type() != TensorType.F32
        && entry.type() != TensorType.F16
        && entry.type() != TensorType.BF16) {
      throw new CheckpointException(
          entry.where() + " must be of type F32, F16 or BF16, got " + entry.type());
    }
    return entry.shape();
  }

  @Override
  public NDArray read(String name, NDManager manager) {
    return read.read(name, manager);
  }

  @Override
  public NDArray readStored(String name, NDManager manager) {
    if (entries.apply(name).type() != TensorType.BF16) {
      return read(name, manager);
    }
    try (NDArray words = bits.read(name, manager)) {
      return Kernel.of("ViewBFloat16", VIEW).call(words);
    }
  }

  @Override
  public String description() {
    return description;
  }
}
