package io.rapd.view;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Iterator;
import java.util.Set;

/**
 * What the page asks to generate.
 *
 * @param seed any long; given as a whole number or as its digits
 * @param guidance from 0 to 100
 */
record GenerationRequest(
    String prompt, String negativePrompt, long seed, int steps, double guidance) {
  private static final Set<String> FIELDS =
      Set.of("prompt", "negativePrompt", "seed", "steps", "guidance");
  private static final double MAX_GUIDANCE = 100;

  /**
   * Reads and checks a request.
   *
   * @throws Refusal with 400, naming the field, what was expected and what was found
   */
  static GenerationRequest parse(byte[] body, ViewerLimits limits) {
    JsonNode json = object(body);
    String prompt = text(json.get("prompt"), "prompt", limits.prompt());
    if (prompt.isBlank()) {
      throw new Refusal(400, "prompt: expected what the image shows, got nothing");
    }
    JsonNode negative = json.get("negativePrompt");
    return new GenerationRequest(
        prompt,
        negative == null ? "" : text(negative, "negativePrompt", limits.prompt()),
        seed(json.get("seed")),
        steps(json.get("steps"), limits.steps()),
        guidance(json.get("guidance")));
  }

  private static JsonNode object(byte[] body) {
    JsonNode json;
    try {
      json = Answer.JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw new Refusal(400, "expected JSON, got something else: %s", e.getOriginalMessage());
    } catch (IOException e) {
      throw new Refusal(400, "expected JSON in UTF-8");
    }
    if (json == null || !json.isObject()) {
      throw new Refusal(400, "expected a JSON object");
    }
    for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!FIELDS.contains(name)) {
        throw new Refusal(
            400, "unknown field; expected some of %s", FIELDS.stream().sorted().toList());
      }
    }
    return json;
  }

  private static String text(JsonNode node, String name, int limit) {
    if (node == null || !node.isTextual()) {
      throw new Refusal(400, "%s: expected text", name);
    }
    String text = node.textValue();
    if (text.length() > limit) {
      throw new Refusal(
          400, "%s: expected at most %d characters, got %d", name, limit, text.length());
    }
    text.codePoints()
        .filter(point -> !printable(point))
        .findFirst()
        .ifPresent(
            point -> {
              throw new Refusal(400, "%s: expected text, got the character U+%04X", name, point);
            });
    return text;
  }

  private static boolean printable(int point) {
    return point == '\n'
        || point == '\t'
        || (!Character.isISOControl(point) && Character.getType(point) != Character.SURROGATE);
  }

  private static long seed(JsonNode node) {
    if (node != null && node.isIntegralNumber() && node.canConvertToLong()) {
      return node.longValue();
    }
    if (node != null && node.isTextual() && node.textValue().matches("-?\\d{1,19}")) {
      try {
        return Long.parseLong(node.textValue());
      } catch (NumberFormatException e) {
        throw new Refusal(400, "seed: expected a whole number from -2^63 to 2^63 - 1");
      }
    }
    throw new Refusal(400, "seed: expected a whole number from -2^63 to 2^63 - 1");
  }

  private static int steps(JsonNode node, int limit) {
    if (node == null
        || !node.isIntegralNumber()
        || !node.canConvertToInt()
        || node.intValue() < 1
        || node.intValue() > limit) {
      throw new Refusal(400, "steps: expected a whole number from 1 to %d", limit);
    }
    return node.intValue();
  }

  private static double guidance(JsonNode node) {
    double value = node != null && node.isNumber() ? node.doubleValue() : Double.NaN;
    if (!(value >= 0 && value <= MAX_GUIDANCE)) {
      throw new Refusal(400, "guidance: expected a number from 0 to %.0f", MAX_GUIDANCE);
    }
    return value;
  }
}
