package io.rapd.core.checkpoint.torch;

import static io.rapd.core.text.Messages.message;

import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.MappedFile;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What torch.save wrote before PyTorch 1.6: five pickles (a magic number, the protocol, the system,
 * the tensors, the keys of the storages), then per key the number of elements (int64) and the
 * elements.
 */
final class TorchLegacy implements StorageMap {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final int PROTOCOL = 1001;
  private static final int MOST_PICKLE_BYTES = 64 << 20;

  private final MappedFile file;
  private final Map<String, Region> regions = new HashMap<>();
  private final Map<String, TorchType> types = new HashMap<>();
  private final @Nullable Object root;

  /** Reads the pickles and finds the storages; takes the file over. */
  TorchLegacy(MappedFile file) {
    this.file = file;
    ByteBuffer head = file.read(0, (int) Math.min(file.size(), MOST_PICKLE_BYTES));
    PickleBytes bytes = new PickleBytes(head);
    requireHeader(bytes);
    root = read(bytes);
    Object keys = read(bytes);
    if (!(keys instanceof List<?> list)) {
      throw wrong("the list of storages is " + TorchTensor.describe(keys));
    }
    findStorages(list, bytes.position());
  }

  private void requireHeader(PickleBytes bytes) {
    Object magic = read(bytes);
    if (!MAGIC.equals(magic)) {
      throw wrong("is a pickle, but none of torch.save (its magic number is missing)");
    }
    Object protocol = read(bytes);
    if (!Integer.valueOf(PROTOCOL).equals(protocol)) {
      throw wrong("has protocol " + TorchTensor.describe(protocol) + ", expected " + PROTOCOL);
    }
    Object system = read(bytes);
    if (system instanceof Map<?, ?> known && Boolean.FALSE.equals(known.get("little_endian"))) {
      throw wrong("byteorder must be little, got big");
    }
  }

  private @Nullable Object read(PickleBytes bytes) {
    return TensorPickle.read(bytes, file.path().toString(), this::storage);
  }

  private Object storage(Object[] id) {
    TorchStorage storage = StoredIds.storage(id);
    TorchType other = types.putIfAbsent(storage.key(), storage.type());
    if (other != null && other != storage.type()) {
      throw new IllegalArgumentException(
          "storage " + storage.key() + " is " + other + " and " + storage.type());
    }
    return storage;
  }

  private void findStorages(List<?> keys, long position) {
    long at = position;
    for (Object key : keys) {
      TorchType type = key instanceof String name ? types.get(name) : null;
      if (type == null) {
        throw wrong("lists a storage that no tensor uses: " + TorchTensor.describe(key));
      }
      if (at > file.size() - Long.BYTES) {
        throw wrong("is cut short: storage " + key + " should begin at byte " + at);
      }
      long elements = file.read(at, Long.BYTES).getLong(0);
      at += Long.BYTES;
      long left = file.size() - at;
      if (elements < 0 || elements > left / type.bytes()) {
        throw wrong(
            message(
                "storage %s should have %d elements of %s from byte %d on, but the file has %d bytes",
                key, elements, type, at, file.size()));
      }
      regions.put((String) key, new Region(file, at, elements * type.bytes()));
      at += elements * type.bytes();
    }
  }

  private CheckpointException wrong(String what) {
    return new CheckpointException(file.path() + ": " + what);
  }

  /** What the fourth pickle holds. */
  @Nullable Object root() {
    return root;
  }

  @Override
  public void requireStorage(TorchStorage storage, String where) {
    Region region = regions.get(storage.key());
    long expected = (storage.first() + storage.elements()) * storage.type().bytes();
    if (region == null || region.bytes() < expected) {
      throw new CheckpointException(
          "%s: its storage %s has %s bytes, expected %d",
          where, storage.key(), region == null ? "no" : region.bytes(), expected);
    }
  }

  @Override
  public Region region(TorchStorage storage) {
    Region region = regions.get(storage.key());
    if (region == null) {
      throw wrong("has no storage " + storage.key());
    }
    return region;
  }

  @Override
  public void close() {
    file.close();
  }
}
