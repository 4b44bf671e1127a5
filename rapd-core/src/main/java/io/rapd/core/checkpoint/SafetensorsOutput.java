package io.rapd.core.checkpoint;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.rapd.core.nn.TensorSource;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.TypeName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Collects named arrays and writes them as one safetensors file: wider types first, then by name,
 * so that every tensor is aligned and equal content gives equal bytes. Arrays are streamed one
 * piece at a time; the file appears under its name only when it is whole.
 */
public final class SafetensorsOutput {
  private static final long PIECE = 1 << 22;

  private final Map<String, Item> items = new TreeMap<>();
  private final Map<String, String> metadata = new TreeMap<>();

  /** Writes named arrays, each in its own type, as one file. */
  public static void write(Path file, Map<String, NDArray> arrays) {
    of(arrays).writeTo(file);
  }

  /** Named arrays, each in its own type. */
  public static SafetensorsOutput of(Map<String, NDArray> arrays) {
    SafetensorsOutput output = new SafetensorsOutput();
    arrays.forEach(output::add);
    return output;
  }

  private record Item(String name, TensorType type, Shape shape, Values values) {
    long bytes() {
      return shape.size() * type.bytes();
    }
  }

  /** Where the values of a tensor come from when the file is written. */
  @FunctionalInterface
  private interface Values {
    /** Calls the receiver with the array, which need not live longer than the call. */
    void lend(Receiver receiver) throws IOException;
  }

  @FunctionalInterface
  private interface Receiver {
    void accept(NDArray array) throws IOException;
  }

  /**
   * Adds an array in its own type. It is read when {@link #writeTo} runs and must still be open
   * then.
   *
   * @throws CheckpointException where the name is taken or no type of the format holds the array
   */
  public SafetensorsOutput add(String name, NDArray array) {
    TensorType type = isBFloat16(array) ? TensorType.BF16 : TensorType.of(array.getDataType());
    if (type == null) {
      throw new CheckpointException(
          "tensor \"%s\": arrays of type %s cannot be written", name, TypeName.of(array));
    }
    return add(name, array, type);
  }

  /**
   * Adds an array in another type: float32 as F16 or BF16, rounded to nearest, ties to even.
   *
   * @throws CheckpointException where the name is taken or the array does not convert to the type
   */
  public SafetensorsOutput add(String name, NDArray array, TensorType type) {
    boolean narrowed =
        array.getDataType() == DataType.FLOAT32
            && (type == TensorType.F16 || type == TensorType.BF16);
    if (!narrowed
        && !(isBFloat16(array) && type == TensorType.BF16)
        && type.arrayType() != array.getDataType()) {
      throw new CheckpointException(
          "tensor \"%s\": an array of type %s cannot be written as %s",
          name, TypeName.of(array), type);
    }
    return add(new Item(name, type, array.getShape(), receiver -> receiver.accept(array)));
  }

  /**
   * Adds a tensor of another file in the type in which it is stored there. {@link #writeTo} reads
   * it and frees it again, so that a large file is copied one tensor at a time.
   *
   * @param name in the file to write
   * @param stored its name in the source, which must still be open when the file is written; one of
   *     F32, F16 and BF16
   */
  public SafetensorsOutput copy(String name, TensorSource source, String stored) {
    return add(
        new Item(
            name,
            TensorType.valueOf(source.storedType(stored)),
            source.shape(stored),
            receiver -> {
              try (NDManager scope = NativeRuntime.newManager(Device.cpu())) {
                receiver.accept(source.read(stored, scope));
              }
            }));
  }

  private SafetensorsOutput add(Item item) {
    String name = item.name;
    if (name.isEmpty() || name.equals(SafetensorsHeader.METADATA)) {
      throw new CheckpointException("tensor \"" + name + "\": the format does not allow this name");
    }
    if (item.shape.dimension() > SafetensorsHeader.MAX_AXES) {
      throw new CheckpointException("tensor \"%s\": too many axes", name);
    }
    if (items.putIfAbsent(name, item) != null) {
      throw new CheckpointException("tensor \"" + name + "\": added twice");
    }
    return this;
  }

  /** Adds a string under {@code __metadata__}, replacing one of the same key. */
  public SafetensorsOutput metadata(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  /**
   * Writes the file, replacing an older one as a whole: under a temporary name beside it first,
   * flushed to the disk, then renamed.
   *
   * @throws CheckpointException where it cannot be written; nothing is left behind then and an
   *     older file is untouched
   */
  public void writeTo(Path file) {
    TensorCopy.requireLittleEndian();
    List<Item> order =
        items.values().stream()
            .sorted(
                Comparator.comparingInt((Item item) -> -item.type.bytes())
                    .thenComparing(Item::type)
                    .thenComparing(Item::name))
            .toList();
    AtomicFile.write(
        file,
        channel -> {
          byte[] header = header(order);
          ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
          AtomicFile.writeFully(channel, length.putLong(0, header.length));
          AtomicFile.writeFully(channel, ByteBuffer.wrap(header));
          for (Item item : order) {
            item.values.lend(array -> write(item, array, channel));
          }
        });
  }

  private byte[] header(List<Item> order) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(SafetensorsHeader.METADATA);
        for (Map.Entry<String, String> entry : metadata.entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      long offset = 0;
      for (Item item : order) {
        json.writeObjectFieldStart(item.name);
        json.writeStringField("dtype", item.type.name());
        json.writeFieldName("shape");
        long[] shape = item.shape.getShape();
        json.writeArray(shape, 0, shape.length);
        json.writeFieldName("data_offsets");
        json.writeArray(new long[] {offset, offset + item.bytes()}, 0, 2);
        json.writeEndObject();
        offset += item.bytes();
      }
      json.writeEndObject();
    }
    // Spaces, so that the data begin at a multiple of 8.
    byte[] padded = Arrays.copyOf(bytes.toByteArray(), (bytes.size() + 7) / 8 * 8);
    Arrays.fill(padded, bytes.size(), padded.length, (byte) ' ');
    if (padded.length > SafetensorsFile.MAX_HEADER_BYTES) {
      throw new IOException("the header would have " + padded.length + " bytes");
    }
    return padded;
  }

  private static void write(Item item, NDArray array, FileChannel channel) throws IOException {
    long elements = item.shape.size();
    if (elements == 0) {
      return;
    }
    try (NDArray flat = array.reshape(new Shape(elements))) {
      for (long first = 0; first < elements; first += PIECE) {
        long end = Math.min(elements, first + PIECE);
        try (NDArray piece = flat.get(new NDIndex().addSliceDim(first, end))) {
          AtomicFile.writeFully(channel, bytes(item.type, piece));
        }
      }
    }
  }

  private static ByteBuffer bytes(TensorType type, NDArray piece) {
    if (isBFloat16(piece)) {
      try (NDArray wide = Precision.FLOAT32.cast(piece)) {
        return narrowed(wide.toByteBuffer(false), type); // exact
      }
    }
    ByteBuffer source = piece.toByteBuffer(false);
    return type == TensorType.of(piece.getDataType()) ? source : narrowed(source, type);
  }

  /** DJL has no name for this type, the only one in use of which that is so. */
  private static boolean isBFloat16(NDArray array) {
    return array.getDataType() == DataType.UNKNOWN;
  }

  private static ByteBuffer narrowed(ByteBuffer floats, TensorType type) {
    ByteBuffer halves = ByteBuffer.allocate(floats.remaining() / 2).order(ByteOrder.LITTLE_ENDIAN);
    HalfFloat.narrow(floats.asFloatBuffer(), type, halves.asShortBuffer());
    return halves;
  }
}
