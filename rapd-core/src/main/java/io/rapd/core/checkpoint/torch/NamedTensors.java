package io.rapd.core.checkpoint.torch;

import io.rapd.core.checkpoint.CheckpointException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Gives every tensor of nested dictionaries and lists the dotted name of its place, such as {@code
 * state_dict.denoiser.pos_embed} or {@code optimizer_states.0.state.3.exp_avg}.
 */
final class NamedTensors {
  /** A damaged file may hold a list that holds itself. */
  private static final int DEEPEST = 64;

  private static final int MOST_VALUES = 4_000_000;
  private static final int MOST_TENSORS = 200_000;
  private static final int LONGEST_NAME = 2_000;

  private final String file;
  private final Map<String, TensorView> views = new TreeMap<>();
  private int values;

  private NamedTensors(String file) {
    this.file = file;
  }

  /**
   * All tensors by name, checked against their storages' sizes.
   *
   * @throws CheckpointException where there is none, two have one name, or one does not lie within
   *     its storage
   */
  static Map<String, TensorView> of(String file, @Nullable Object root, StorageMap storages) {
    if (!(root instanceof Map<?, ?>) && !(root instanceof List<?>)) {
      throw new CheckpointException(
          "%s: holds %s, expected a dictionary of tensors", file, TorchTensor.describe(root));
    }
    NamedTensors named = new NamedTensors(file);
    named.visit("", root, 0);
    named.views.forEach(
        (name, view) -> storages.requireStorage(view.tensor().storage(), where(file, name)));
    return named.views;
  }

  private static String where(String file, String name) {
    return file + ": tensor \"" + name + "\"";
  }

  private void visit(String name, @Nullable Object value, int depth) {
    if (depth > DEEPEST || ++values > MOST_VALUES) {
      throw new CheckpointException(
          "%s: %s",
          file,
          depth > DEEPEST
              ? "values are nested more than " + DEEPEST + " deep at " + name
              : "holds more than " + MOST_VALUES + " values");
    }
    if (value instanceof TorchTensor tensor) {
      add(name, tensor);
    } else if (value instanceof Map<?, ?> map) {
      map.forEach((key, held) -> visitEntry(name, key, held, depth));
    } else if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        visitEntry(name, i, list.get(i), depth);
      }
    } else if (value instanceof Object[] tuple) {
      for (int i = 0; i < tuple.length; i++) {
        visitEntry(name, i, tuple[i], depth);
      }
    }
  }

  private void visitEntry(String name, @Nullable Object key, @Nullable Object value, int depth) {
    if (value instanceof String || value instanceof Number || value instanceof Inert) {
      values++;
      return;
    }
    if (!(key instanceof String || key instanceof Number || key instanceof Boolean)) {
      return; // what lies under a tuple has no name
    }
    String last = key.toString();
    if (name.length() + last.length() > LONGEST_NAME) {
      throw new CheckpointException(
          "%s: a name has %d characters, expected at most %d",
          file, name.length() + last.length(), LONGEST_NAME);
    }
    visit(name.isEmpty() ? last : name + "." + last, value, depth + 1);
  }

  private void add(String name, TorchTensor tensor) {
    if (!tensor.hasValues()) {
      throw new CheckpointException(where(file, name) + " has no storage");
    }
    if (views.size() >= MOST_TENSORS) {
      throw new CheckpointException(file + ": holds more than " + MOST_TENSORS + " tensors");
    }
    if (views.put(name, TensorView.of(where(file, name), name, tensor)) != null) {
      throw new CheckpointException(
          where(file, name) + " is there twice: two paths through its dictionaries have one name");
    }
  }
}
