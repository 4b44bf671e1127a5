package io.rapd.core.nn;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.types.Shape;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/** Compares the tensors of a source with the parameters of a module, without reading any data. */
final class SourceCheck {
  private SourceCheck() {}

  /** See {@link Module#requireFit}. */
  static void requireFit(
      Map<String, Parameter> parameters,
      TensorSource source,
      String prefix,
      Predicate<String> ignored) {
    SortedSet<String> unknown = new TreeSet<>();
    for (String name : source.names()) {
      if (name.startsWith(prefix)) {
        String local = name.substring(prefix.length());
        if (!parameters.containsKey(local) && !ignored.test(local)) {
          unknown.add(name);
        }
      }
    }
    parameters.forEach(
        (name, parameter) -> requireFit(source, prefix + name, parameter.shape(), unknown));
    if (!unknown.isEmpty()) {
      String first = unknown.first();
      throw new IllegalArgumentException(
          message(
              "%s: tensor %s is not part of this model (%d such tensors)",
              source.origin(first), first, unknown.size()));
    }
  }

  private static void requireFit(
      TensorSource source, String name, Shape expected, SortedSet<String> unknown) {
    check(
        source.names().contains(name),
        "%s: tensor %s %s is missing%s",
        source.description(),
        name,
        expected,
        unknown.isEmpty() ? "" : "; it holds " + unknown.first());
    source.requireWeights(name, expected);
  }
}
