package io.rapd.core.checkpoint.torch;

import org.jspecify.annotations.Nullable;

/** The persistent ids by which a pickle names storages. */
final class StoredIds {
  private StoredIds() {}

  /**
   * The storage of an id {@code ("storage", class, key, location, elements)}; before 1.6 a sixth
   * field may say that it is a view {@code (key, first element, elements)} of another.
   */
  static TorchStorage storage(@Nullable Object[] id) {
    if (id.length < 5
        || !"storage".equals(id[0])
        || !(id[1] instanceof PickledGlobal storageClass)
        || !(storageClass.value() instanceof TorchType type)
        || !(id[2] instanceof String key)) {
      throw new IllegalArgumentException(
          "a persistent id is no storage"
              + (id.length > 0 && "module".equals(id[0])
                  ? " but a whole module; save its state_dict instead"
                  : ""));
    }
    long elements = TorchTensor.number(id[4]);
    if (id.length > 5 && id[5] instanceof Object[] view && view.length == 3) {
      // The root's elements bound the view; its own count is that of the view.
      long first = TorchTensor.number(view[1]);
      long count = TorchTensor.number(view[2]);
      if (first < 0 || count < 0 || first > elements - count) {
        throw new IllegalArgumentException(
            "a storage of " + elements + " elements has a view from " + first + " of " + count);
      }
      return new TorchStorage(key, type, first, count);
    }
    return new TorchStorage(key, type, 0, elements);
  }
}
