package io.rapd.view;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The fields of this session by id. The one unused for longest makes room for a new one. */
final class FieldStore implements AutoCloseable {
  private final int capacity;
  private final Map<String, StoredField> fields = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<String, Integer> order = new LinkedHashMap<>();
  private int stored;

  FieldStore(int capacity) {
    this.capacity = capacity;
  }

  /** Keeps a field and drops the one unused for longest if there are too many. */
  void add(StoredField field) {
    StoredField dropped = null;
    synchronized (this) {
      fields.put(field.id(), field);
      order.put(field.id(), stored++);
      if (fields.size() > capacity) {
        dropped = fields.values().iterator().next();
        fields.remove(dropped.id());
        order.remove(dropped.id());
      }
    }
    if (dropped != null) {
      dropped.close();
    }
  }

  /**
   * A field.
   *
   * @throws Refusal with 404 if there is none of that id
   */
  synchronized StoredField get(String id) {
    StoredField field = fields.get(id);
    if (field == null) {
      throw new Refusal(
          404, "there is no such field in this session; it may have made room for others");
    }
    return field;
  }

  /** All fields, the newest first. */
  synchronized List<StoredField> newestFirst() {
    return order.keySet().stream()
        .sorted((a, b) -> Integer.compare(order.getOrDefault(b, 0), order.getOrDefault(a, 0)))
        .map(id -> java.util.Objects.requireNonNull(fields.get(id)))
        .toList();
  }

  @Override
  public void close() {
    List<StoredField> all;
    synchronized (this) {
      all = List.copyOf(fields.values());
      fields.clear();
      order.clear();
    }
    all.forEach(StoredField::close);
  }
}
