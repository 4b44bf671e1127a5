package io.rapd.core.checkpoint;

import ai.djl.ndarray.types.DataType;
import org.jspecify.annotations.Nullable;

/** The number formats of a safetensors file that are read here, under the names of the format. */
public enum TensorType {
  F64(8, DataType.FLOAT64),
  F32(4, DataType.FLOAT32),
  F16(2, DataType.FLOAT16),
  /** The upper half of a float32. Has no array type: DJL's own bfloat16 ends the process. */
  BF16(2, null),
  I64(8, DataType.INT64),
  I32(4, DataType.INT32),
  /** Has no array type: DJL's own int16 ends the process. */
  I16(2, null),
  I8(1, DataType.INT8),
  U8(1, DataType.UINT8),
  BOOL(1, DataType.BOOLEAN),
  /** A type that this library does not read, such as U16 or F8_E4M3; its size is unknown. */
  OTHER(0, null);

  private final int bytes;
  private final @Nullable DataType arrayType;

  TensorType(int bytes, @Nullable DataType arrayType) {
    this.bytes = bytes;
    this.arrayType = arrayType;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** The array type with the same bits, or null where DJL has none that is safe to use. */
  public @Nullable DataType arrayType() {
    return arrayType;
  }

  /** The type of that name in a header; {@link #OTHER} for one that is not read. */
  static TensorType ofName(String name) {
    for (TensorType type : values()) {
      if (type != OTHER && type.name().equals(name)) {
        return type;
      }
    }
    return OTHER;
  }

  /** The type that holds an array of {@code arrayType} unchanged, or null where there is none. */
  static @Nullable TensorType of(DataType arrayType) {
    for (TensorType type : values()) {
      if (type.arrayType == arrayType) {
        return type;
      }
    }
    return null;
  }
}
