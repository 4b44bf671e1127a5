package io.rapd.cli;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.image.ImageFileException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.TypeConversionException;

/**
 * The file of {@code --prompts}, in UTF-8: a prompt per line, or a JSON object per line that starts
 * with a brace: {@code {"prompt": "red apple", "seed": 7, "size": "640x480"}}. Blank lines are
 * skipped.
 */
final class PromptFile {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final Set<String> FIELDS = Set.of("prompt", "seed", "size");

  private PromptFile() {}

  /**
   * Reads the prompts in order.
   *
   * @throws ImageFileException if the file cannot be read
   * @throws IllegalArgumentException if it has no prompt, or naming the line that is none
   */
  static List<PromptLine> read(Path file) {
    String text;
    try {
      text = Files.readString(file, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      throw new ImageFileException(file + ": expected a text file in UTF-8", e);
    } catch (IOException | OutOfMemoryError e) { // the error is for files above 2 GiB
      throw new ImageFileException(file + ": expected a readable file of prompts, found " + e, e);
    }
    List<PromptLine> prompts = new ArrayList<>();
    int number = 0;
    for (String line : text.replaceFirst("^\uFEFF", "").split("\\R", -1)) {
      number++;
      String content = line.strip();
      if (!content.isEmpty()) {
        String place = message("%s: line %d", file, number);
        prompts.add(content.startsWith("{") ? object(content, place) : new PromptLine(content));
      }
    }
    check(!prompts.isEmpty(), "%s: expected a prompt per line, found none", file);
    return prompts;
  }

  private static PromptLine object(String text, String place) {
    JsonNode line;
    try {
      line = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          place + ": expected a prompt or a JSON object, found " + e.getOriginalMessage(), e);
    }
    for (Iterator<String> names = line.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      check(
          FIELDS.contains(name),
          "%s: expected the fields prompt, seed and size, found \"%s\"",
          place,
          name);
    }
    JsonNode prompt = line.path("prompt");
    check(prompt.isTextual(), "%s: expected a text \"prompt\", found %s", place, found(prompt));
    JsonNode seed = line.path("seed");
    check(
        seed.isMissingNode() || (seed.isIntegralNumber() && seed.canConvertToLong()),
        "%s: expected an integer \"seed\" of 64 bits, found %s",
        place,
        found(seed));
    return new PromptLine(
        prompt.textValue(),
        seed.isMissingNode() ? Optional.empty() : Optional.of(seed.longValue()),
        size(line.path("size"), place));
  }

  private static Optional<ImageSize> size(JsonNode size, String place) {
    if (size.isMissingNode()) {
      return Optional.empty();
    }
    check(
        size.isTextual() || size.isIntegralNumber(),
        "%s: expected a \"size\" such as 512 or \"640x480\", found %s",
        place,
        found(size));
    try {
      return Optional.of(ImageSize.parse(size.asText()));
    } catch (TypeConversionException e) {
      throw new IllegalArgumentException(place + ": size: " + e.getMessage(), e);
    }
  }

  private static String found(JsonNode node) {
    return node.isMissingNode() ? "none" : node.toString();
  }
}
