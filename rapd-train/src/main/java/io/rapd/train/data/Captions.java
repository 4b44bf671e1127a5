package io.rapd.train.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reads caption files: text with one caption per line, or a field of a JSON object. */
final class Captions {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Captions() {}

  /**
   * The captions of a file: the caption, then its alternatives.
   *
   * @param name in messages; one that ends in {@code .json} is read as JSON
   * @param field of a JSON object: a string or a list of strings
   * @throws DataException where there is no caption or the bytes are not UTF-8
   */
  static List<String> read(byte[] bytes, String name, String field) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new DataException(name + ": expected UTF-8 text, found other bytes", e);
    }
    text = text.replace("\uFEFF", "");
    boolean json = name.toLowerCase(Locale.ROOT).endsWith(".json");
    List<String> captions =
        (json ? values(text, name, field).stream() : text.lines())
            .map(String::strip)
            .filter(caption -> !caption.isEmpty())
            .toList();
    if (captions.isEmpty()) {
      throw new DataException(
          name + ": expected a caption, found a blank " + (json ? "field " + field : "file"));
    }
    return captions;
  }

  private static List<String> values(String text, String name, String field) {
    JsonNode tree;
    try {
      tree = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new DataException(name + ": expected a JSON object, found damaged JSON", e);
    }
    JsonNode value = tree.path(field);
    if (value.isTextual()) {
      return List.of(value.asText());
    }
    List<String> values = new ArrayList<>();
    for (JsonNode item : value) {
      if (value.isArray() && item.isTextual()) {
        values.add(item.asText());
      }
    }
    if (!value.isArray() || values.size() < value.size()) {
      List<String> fields = new ArrayList<>();
      tree.fieldNames().forEachRemaining(fields::add);
      throw new DataException(
          name
              + ": expected field \""
              + field
              + "\" with a string or a list of strings, found "
              + (value.isMissingNode()
                  ? "fields " + String.join(", ", fields)
                  : value.getNodeType().toString().toLowerCase(Locale.ROOT))
              + "; data.files.captionField chooses it");
    }
    return values;
  }
}
