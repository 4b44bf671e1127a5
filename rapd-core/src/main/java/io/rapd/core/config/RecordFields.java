package io.rapd.core.config;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Compares the fields of a JSON tree with the components of a record before Jackson binds them: a
 * misspelt field is reported as unknown, not as missing under its right name. Fills in {@link
 * Default}s.
 */
final class RecordFields {
  private RecordFields() {}

  static void check(String where, JsonNode tree, Type type) {
    if (type instanceof ParameterizedType generic && tree.isArray()) {
      for (int i = 0; i < tree.size(); i++) {
        check(where + "[" + i + "]", tree.get(i), generic.getActualTypeArguments()[0]);
      }
    } else if (type instanceof Class<?> known && tree.isObject()) {
      if (known.isRecord()) {
        checkRecord(where, tree, known, List.of());
      } else if (known.isAnnotationPresent(JsonTypeInfo.class)) {
        checkChoice(where, tree, known);
      }
    }
  }

  private static void checkChoice(String where, JsonNode tree, Class<?> choice) {
    String field = choice.getAnnotation(JsonTypeInfo.class).property();
    setDefaultType(tree, choice);
    List<String> names = new ArrayList<>();
    for (JsonSubTypes.Type option : choice.getAnnotation(JsonSubTypes.class).value()) {
      names.add(option.name());
      if (option.name().equals(tree.path(field).asText())) {
        checkRecord(where, tree, option.value(), List.of(field));
        return;
      }
    }
    throw new ConfigException(
        "%s: field \"%s\" must be one of %s, found %s",
        where, field, String.join(", ", names), tree.path(field));
  }

  /** An older version wrote no type where there was no choice. */
  private static void setDefaultType(JsonNode tree, Class<?> choice) {
    JsonTypeInfo info = choice.getAnnotation(JsonTypeInfo.class);
    for (JsonSubTypes.Type option : choice.getAnnotation(JsonSubTypes.class).value()) {
      if (option.value() == info.defaultImpl() && !tree.has(info.property())) {
        ((ObjectNode) tree).put(info.property(), option.name());
      }
    }
  }

  private static void checkRecord(
      String where, JsonNode tree, Class<?> type, List<String> furtherFields) {
    RecordComponent[] components = type.getRecordComponents();
    renameFormer((ObjectNode) tree, components);
    List<String> known = Arrays.stream(components).map(RecordComponent::getName).sorted().toList();
    tree.fieldNames()
        .forEachRemaining(
            field -> {
              if (!known.contains(field) && !furtherFields.contains(field)) {
                throw new ConfigException(
                    "%s: %s: unknown field; expected one of %s",
                    where, field, String.join(", ", known));
              }
            });
    for (RecordComponent component : components) {
      String field = component.getName();
      JsonNode value = tree.get(field);
      if (value == null && mayBeLeftOut(component, tree)) {
        value = ConfigFile.value(component.getAnnotation(Default.class).value());
        ((ObjectNode) tree).set(field, value);
      }
      if (value == null || value.isNull()) {
        throw new ConfigException(
            "%s: field \"%s\" is %s", where, field, value == null ? "missing" : "null");
      }
      check(where + ": " + field, value, component.getGenericType());
    }
  }

  private static boolean mayBeLeftOut(RecordComponent component, JsonNode tree) {
    Default block = component.getAnnotation(Default.class);
    return block != null
        && (block.without().isEmpty()
            || tree.path(block.without()).path("type").asText().equals("none"));
  }

  /** The component of this name, where the type is a record that has one. */
  static Optional<RecordComponent> component(@Nullable Class<?> type, String field) {
    return type == null || !type.isRecord()
        ? Optional.empty()
        : Arrays.stream(type.getRecordComponents())
            .filter(c -> c.getName().equals(field))
            .findAny();
  }

  /** Fields that an older version wrote under another name get today's. */
  private static void renameFormer(ObjectNode tree, RecordComponent[] components) {
    for (RecordComponent component : components) {
      JsonAlias former = component.getAccessor().getAnnotation(JsonAlias.class);
      for (String name : former == null ? new String[0] : former.value()) {
        if (tree.has(name) && !tree.has(component.getName())) {
          tree.set(component.getName(), tree.remove(name));
        }
      }
    }
  }
}
