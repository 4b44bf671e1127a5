package io.rapd.core.checkpoint.torch;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A tensor as a pickle describes it: a view of a storage. The numbers are as they were found;
 * {@link TensorView} checks them. Mutable because PyTorch before 0.4 pickles an empty object first
 * and its state afterwards.
 */
final class TorchTensor {
  /** libtorch's kernels stop at 64 axes, some at 25; real weights have at most 6. */
  private static final int MOST_AXES = 25;

  private @Nullable TorchStorage storage;
  private TorchType type = TorchType.UNTYPED;
  private long offset;
  private long[] sizes = {};
  private long[] strides = {};

  /** An object that has yet to get its state. */
  TorchTensor() {}

  TorchTensor(TorchStorage storage, TorchType type, long offset, long[] sizes, long[] strides) {
    set(storage, type, offset, sizes, strides);
  }

  private void set(
      TorchStorage storage, TorchType type, long offset, long[] sizes, long[] strides) {
    this.storage = storage;
    this.type = type;
    this.offset = offset;
    this.sizes = sizes;
    this.strides = strides;
  }

  /** Arguments {@code (storage, offset, sizes, strides, ...)} of a function that rebuilds one. */
  static TorchTensor of(Object[] arguments) {
    if (arguments.length < 4 || !(arguments[0] instanceof TorchStorage storage)) {
      throw new IllegalArgumentException("a tensor's arguments are " + describe(arguments));
    }
    return new TorchTensor(
        storage,
        storage.type(),
        number(arguments[1]),
        numbers(arguments[2]),
        numbers(arguments[3]));
  }

  /** The same elements under another type, for storages without a type. */
  TorchTensor as(TorchType type) {
    TorchStorage bytes = storage();
    TorchStorage typed =
        new TorchStorage(
            bytes.key(), type, 0, bytes.elements() * bytes.type().bytes() / type.bytes());
    return new TorchTensor(typed, type, offset, sizes, strides);
  }

  /**
   * Takes the state that PyTorch before 0.4 pickles: {@code (storage, offset, sizes, strides)} of a
   * tensor, {@code (tensor, ...)} of a parameter with five entries, or three flags.
   */
  void setState(Object state) {
    if (state instanceof Object[] fields) {
      if (fields.length == 4) {
        copy(of(fields));
        return;
      }
      if (fields.length == 5 && fields[0] instanceof TorchTensor data) {
        copy(data);
        return;
      }
      if (fields.length == 3) {
        return;
      }
    }
    throw new IllegalArgumentException("a tensor's state is " + describe(state));
  }

  private void copy(TorchTensor other) {
    set(other.storage(), other.type, other.offset, other.sizes, other.strides);
  }

  boolean hasValues() {
    return storage != null;
  }

  TorchStorage storage() {
    TorchStorage known = storage;
    if (known == null) {
      throw new IllegalArgumentException("a tensor has no storage");
    }
    return known;
  }

  TorchType type() {
    return type;
  }

  /** The first element, counted from the start of the storage. */
  long offset() {
    return offset;
  }

  /** A copy of the sizes. */
  long[] sizes() {
    return sizes.clone();
  }

  /** A copy of the strides, in elements. */
  long[] strides() {
    return strides.clone();
  }

  static long number(@Nullable Object value) {
    if (value instanceof Integer || value instanceof Long) {
      return ((Number) value).longValue();
    }
    throw new IllegalArgumentException("expected an integer, got " + describe(value));
  }

  private static long[] numbers(@Nullable Object value) {
    int axes =
        value instanceof Object[] tuple ? tuple.length : value instanceof List<?> l ? l.size() : 0;
    if (axes > MOST_AXES) {
      throw new IllegalArgumentException("a tensor has more than " + MOST_AXES + " axes");
    }
    if (value instanceof Object[] tuple) {
      return Arrays.stream(tuple).mapToLong(TorchTensor::number).toArray();
    }
    if (value instanceof List<?> list) {
      return list.stream().mapToLong(TorchTensor::number).toArray();
    }
    throw new IllegalArgumentException("expected a tuple of integers, got " + describe(value));
  }

  /** The kind of a value, for messages: its text may be endless. */
  static String describe(@Nullable Object value) {
    if (value == null) {
      return "None";
    }
    if (value instanceof Number || value instanceof Boolean) {
      return value.toString();
    }
    if (value instanceof PickledGlobal global) {
      return global.name();
    }
    if (value instanceof Inert inert) {
      return "a " + inert.name();
    }
    return value instanceof Object[] tuple
        ? "a tuple of " + tuple.length
        : value instanceof Map<?, ?>
            ? "a dictionary"
            : value instanceof List<?>
                ? "a list"
                : value instanceof TorchTensor
                    ? "a tensor"
                    : value instanceof String ? "a string" : "another value";
  }
}
