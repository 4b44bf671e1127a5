package io.rapd.core.config;

import static io.rapd.core.text.Messages.message;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads a configuration file into a record and writes it back. Unknown, missing, null and duplicate
 * fields, values of the wrong type, and values that the record rejects end in a one-line message
 * such as {@code stage1.json: nif.encoder.channels: expected an integer, found "16"}. Only
 * components with a {@link Default} may be missing.
 */
public final class ConfigFile {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .enable(SerializationFeature.INDENT_OUTPUT)
          .withCoercionConfig(
              LogicalType.Textual,
              config ->
                  config
                      .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                      .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
          .build();

  private ConfigFile() {}

  /**
   * Reads a file.
   *
   * @param overrides {@code path.to.field=value} each; a value that is not JSON is a string
   * @throws ConfigException if it cannot be read or used
   */
  public static <T> T read(Path file, Class<T> type, List<String> overrides) {
    return parse(file.toString(), text(file), type, overrides);
  }

  /**
   * Reads a file as fields, without a record to compare them with.
   *
   * @throws ConfigException if the file cannot be read or is no JSON object
   */
  public static JsonNode readTree(Path file) {
    return tree(file.toString(), text(file));
  }

  private static String text(Path file) {
    LfsPointer.refuse(file);
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new ConfigException(file + ": no such file");
    } catch (IOException e) {
      throw new ConfigException(file + ": cannot be read: " + e.getMessage());
    }
  }

  static ObjectNode tree(String name, String text) {
    try {
      JsonNode tree = JSON.readTree(text);
      if (tree instanceof ObjectNode object) {
        return object;
      }
      throw new ConfigException(name + ": expected a JSON object, found " + shown(tree));
    } catch (JsonProcessingException e) {
      throw new ConfigException(name + ": " + explain(e));
    }
  }

  /**
   * Reads a configuration from text.
   *
   * @param name the name of the text in messages
   * @throws ConfigException if it cannot be used
   */
  public static <T> T parse(String name, String text, Class<T> type, List<String> overrides) {
    ObjectNode tree = tree(name, text);
    overrides.forEach(override -> Overrides.apply(name, tree, type, override));
    RecordFields.check(name, tree, type);
    try {
      return JSON.treeToValue(tree, type);
    } catch (JsonProcessingException e) {
      throw new ConfigException(name + ": " + explain(e));
    }
  }

  /**
   * A configuration with other values of some fields.
   *
   * @param overrides as in {@link #read}
   * @throws ConfigException if one cannot be used
   */
  public static <T> T with(T config, Class<T> type, List<String> overrides) {
    return parse("configuration", write(config), type, overrides);
  }

  /** Every field of a configuration as indented JSON that reads back equal. */
  public static String write(Object config) {
    try {
      return JSON.writeValueAsString(config) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a configuration: " + config, e);
    }
  }

  private static String explain(JsonProcessingException e) {
    if (e instanceof InvalidTypeIdException wrong) {
      return path(wrong) + ": " + firstLine(wrong.getOriginalMessage());
    }
    if (e instanceof ValueInstantiationException refused
        && refused.getCause() instanceof IllegalArgumentException reason) {
      return prefixed(path(refused), String.valueOf(reason.getMessage()));
    }
    if (e instanceof JsonMappingException mapping) {
      String message = firstLine(mapping.getOriginalMessage());
      return prefixed(path(mapping), mismatch(mapping, message));
    }
    return firstLine(e.getOriginalMessage())
        + (e.getLocation() == null
            ? ""
            : message(
                " (line %d, column %d)",
                e.getLocation().getLineNr(), e.getLocation().getColumnNr()));
  }

  private static String mismatch(JsonMappingException e, String message) {
    if (e instanceof MismatchedInputException input
        && input.getTargetType() != null
        && !message.startsWith("Trailing token")) {
      String found = "";
      if (e.getProcessor() instanceof JsonParser parser) {
        try {
          found = ", found " + (parser.currentToken() == null ? "nothing" : parser.getText());
        } catch (IOException ignored) {
          found = "";
        }
      }
      return "expected " + article(input.getTargetType()) + found;
    }
    return message;
  }

  private static String article(Class<?> type) {
    if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
      return "an integer";
    }
    if (type == double.class || type == float.class || type == Double.class) {
      return "a number";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == String.class) {
      return "a string";
    }
    if (type.isEnum()) {
      return "one of "
          + Arrays.stream(type.getEnumConstants())
              .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
              .collect(Collectors.joining(", "));
    }
    return List.class.isAssignableFrom(type) ? "a list" : "an object";
  }

  private static String prefixed(String path, String message) {
    return path.isEmpty() ? message : path + ": " + message;
  }

  private static String path(JsonMappingException e) {
    StringBuilder path = new StringBuilder();
    for (JsonMappingException.Reference step : e.getPath()) {
      if (step.getFieldName() == null) {
        path.append('[').append(step.getIndex()).append(']');
      } else {
        path.append(path.length() == 0 ? "" : ".").append(step.getFieldName());
      }
    }
    return path.toString();
  }

  private static String firstLine(@Nullable String text) {
    return text == null ? "cannot be read" : text.lines().findFirst().orElse("cannot be read");
  }

  /** A value as JSON, or a plain string as a shell user writes it. */
  static JsonNode value(String text) {
    try {
      JsonNode parsed = JSON.readTree(text);
      return parsed == null || parsed.isMissingNode() ? TextNode.valueOf(text) : parsed;
    } catch (JsonProcessingException e) {
      return TextNode.valueOf(text);
    }
  }

  private static String shown(JsonNode node) {
    return node.isMissingNode() ? "nothing" : node.getNodeType().toString();
  }
}
