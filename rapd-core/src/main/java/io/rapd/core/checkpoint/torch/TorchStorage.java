package io.rapd.core.checkpoint.torch;

/**
 * A storage as a pickle names it, or a part of one.
 *
 * @param key its name in the file
 * @param type of its elements
 * @param first where it begins in the storage of that key, in elements; 0 but for old views
 * @param elements its length
 */
record TorchStorage(String key, TorchType type, long first, long elements) {
  /** The most bytes that a storage of a real file may have: 1 PiB. */
  private static final long MOST_BYTES = 1L << 50;

  private static final int LONGEST_KEY = 100;

  TorchStorage {
    if (key.length() > LONGEST_KEY) {
      throw new IllegalArgumentException(
          "the key of a storage has " + key.length() + " characters");
    }
    if (first < 0 || elements < 0 || Math.max(first, elements) > MOST_BYTES / type.bytes()) {
      throw new IllegalArgumentException(
          "storage \"" + key + "\" has " + elements + " elements from element " + first);
    }
  }
}
