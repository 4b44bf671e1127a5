package io.rapd.train.prepare;

import io.rapd.core.checkpoint.CheckpointException;

/**
 * In which shard a tensor lies, by its name: 12 bytes a slot, at most two thirds of them taken. Of
 * a name it keeps the first 64 bits of its hash; a reader checks the whole name in the shard's
 * header.
 */
final class NameIndex {
  /** Of a name that is not there. */
  static final int ABSENT = -1;

  private static final int HEX_DIGITS = 16;
  private static final int HEX = 16;
  private static final int FIRST_SLOTS = 1 << 10;

  private long[] hashes = new long[FIRST_SLOTS];
  private int[] shards = new int[FIRST_SLOTS]; // 1 + the shard's number; 0 where the slot is free
  private int size;

  /**
   * The first 64 bits of the hash in a name such as {@code states.HASH}.
   *
   * @throws CheckpointException where it has none
   */
  static long hash(String name) {
    int begin = name.lastIndexOf('.') + 1;
    try {
      return Long.parseUnsignedLong(name, begin, begin + HEX_DIGITS, HEX);
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw new CheckpointException(
          "tensor \"" + name + "\": expected a name that ends with a SHA-256", e);
    }
  }

  /** How many names there are. */
  int size() {
    return size;
  }

  /**
   * Adds a name or moves it to another shard.
   *
   * @param shard at least 0
   */
  void put(String name, int shard) {
    if (3L * (size + 1) > 2L * shards.length) {
      grow();
    }
    long hash = hash(name);
    int slot = slot(hash);
    size += shards[slot] == 0 ? 1 : 0;
    hashes[slot] = hash;
    shards[slot] = 1 + shard;
  }

  /** The shard of a name, or {@link #ABSENT}. */
  int shard(String name) {
    return shards[slot(hash(name))] - 1;
  }

  /** The slot of a hash, or the free one where it would be. */
  private int slot(long hash) {
    int slot = (int) (hash >>> Integer.SIZE) & (shards.length - 1);
    while (shards[slot] != 0 && hashes[slot] != hash) {
      slot = (slot + 1) & (shards.length - 1);
    }
    return slot;
  }

  private void grow() {
    long[] oldHashes = hashes;
    int[] oldShards = shards;
    hashes = new long[2 * oldHashes.length];
    shards = new int[2 * oldShards.length];
    for (int i = 0; i < oldShards.length; i++) {
      if (oldShards[i] != 0) {
        int slot = slot(oldHashes[i]);
        hashes[slot] = oldHashes[i];
        shards[slot] = oldShards[i];
      }
    }
  }
}
