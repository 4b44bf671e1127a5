package io.rapd.core.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Fields set on the command line: {@code path.to.field=value}. */
final class Overrides {
  private Overrides() {}

  static void apply(String name, ObjectNode tree, Class<?> type, String override) {
    int equals = override.indexOf('=');
    if (equals <= 0) {
      throw new ConfigException("--set must be path.to.field=value, got \"" + override + "\"");
    }
    String path = override.substring(0, equals);
    ObjectNode node = tree;
    @Nullable Class<?> of = type;
    String[] fields = path.split("\\.", -1);
    for (int i = 0; i < fields.length; i++) {
      Optional<RecordComponent> component = RecordFields.component(of, fields[i]);
      of = component.<Class<?>>map(RecordComponent::getType).orElse(null);
      Optional<Default> leftOut = component.map(c -> c.getAnnotation(Default.class));
      if (!node.has(fields[i]) && leftOut.isPresent() && leftOut.get().without().isEmpty()) {
        node.set(fields[i], ConfigFile.value(leftOut.get().value()));
      }
      JsonNode child = node.get(fields[i]);
      if (child == null && (leftOut.isEmpty() || i < fields.length - 1)) {
        List<String> known = new ArrayList<>();
        node.fieldNames().forEachRemaining(known::add);
        throw new ConfigException(
            "--set %s: %s has no field \"%s\"; it has %s",
            path, name, fields[i], String.join(", ", known));
      }
      if (i == fields.length - 1) {
        node.set(fields[i], ConfigFile.value(override.substring(equals + 1)));
      } else if (child instanceof ObjectNode object) {
        node = object;
      } else {
        throw new ConfigException(
            "--set %s: %s: \"%s\" is a value and has no fields", path, name, fields[i]);
      }
    }
  }
}
