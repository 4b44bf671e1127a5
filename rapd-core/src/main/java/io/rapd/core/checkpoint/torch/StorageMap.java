package io.rapd.core.checkpoint.torch;

import io.rapd.core.checkpoint.MappedFile;

/** Where the storages of a file lie. */
interface StorageMap extends AutoCloseable {
  /** Bytes of a storage that {@link #requireStorage} has found. */
  record Region(MappedFile file, long begin, long bytes) {}

  /**
   * Checks that a storage is whole. Reads none of its values.
   *
   * @throws io.rapd.core.checkpoint.CheckpointException where it is missing or shorter than said
   */
  void requireStorage(TorchStorage storage, String where);

  /** The bytes of a storage. */
  Region region(TorchStorage storage);

  @Override
  void close();
}
