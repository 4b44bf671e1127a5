package io.rapd.core.checkpoint.torch;

import io.rapd.core.checkpoint.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * The number formats of torch.save, under their names in safetensors. A file may hold those that
 * have no {@link TensorType}; they cannot be read.
 */
enum TorchType {
  F64(8, "Double", "float64", TensorType.F64),
  F32(4, "Float", "float32", TensorType.F32),
  F16(2, "Half", "float16", TensorType.F16),
  BF16(2, "BFloat16", "bfloat16", TensorType.BF16),
  I64(8, "Long", "int64", TensorType.I64),
  I32(4, "Int", "int32", TensorType.I32),
  I16(2, "Short", "int16", TensorType.I16),
  I8(1, "Char", "int8", TensorType.I8),
  U8(1, "Byte", "uint8", TensorType.U8),
  BOOL(1, "Bool", "bool", TensorType.BOOL),
  U16(2, null, "uint16", null),
  U32(4, null, "uint32", null),
  U64(8, null, "uint64", null),
  F8_E4M3(1, null, "float8_e4m3fn", null),
  F8_E5M2(1, null, "float8_e5m2", null),
  C64(8, "ComplexFloat", "complex64", null),
  C128(16, "ComplexDouble", "complex128", null),
  /** A storage without a type of its own; counted in bytes. */
  UNTYPED(1, "Untyped", null, null);

  private final int bytes;
  private final @Nullable String storageName;
  private final @Nullable String dtypeName;
  private final @Nullable TensorType stored;

  TorchType(
      int bytes,
      @Nullable String storageName,
      @Nullable String dtypeName,
      @Nullable TensorType stored) {
    this.bytes = bytes;
    this.storageName = storageName;
    this.dtypeName = dtypeName;
    this.stored = stored;
  }

  /** Bytes of one element. */
  int bytes() {
    return bytes;
  }

  /** PyTorch's class is {@code torch.} this {@code Storage}; null where there is no such class. */
  @Nullable String storageName() {
    return storageName;
  }

  /** The dtype's name in {@code torch}, or null. */
  @Nullable String dtypeName() {
    return dtypeName;
  }

  /** The same format in safetensors, or null where it cannot be read. */
  @Nullable TensorType stored() {
    return stored;
  }
}
