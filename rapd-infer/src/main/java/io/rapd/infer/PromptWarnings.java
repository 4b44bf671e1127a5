package io.rapd.infer;

import static io.rapd.core.text.Messages.message;

import io.rapd.dit.text.TextEncoder;
import io.rapd.dit.text.TokenCount;
import java.util.ArrayList;
import java.util.List;

/** What a model ignores of its prompts. */
final class PromptWarnings {
  private static final int SHOWN = 60;

  private PromptWarnings() {}

  /** One line per part of the prompt or the negative prompt that has no effect. */
  static List<String> of(TextEncoder encoder, String prompt, GenerationOptions options) {
    List<String> warnings = new ArrayList<>(of(encoder, "prompt", prompt));
    String negative = options.negativePrompt();
    if (!negative.isEmpty() && options.sampling().guidance().scale() == 1) {
      warnings.add("the negative prompt has no effect with guidance 1");
    } else {
      warnings.addAll(of(encoder, "negative prompt", negative));
    }
    return warnings;
  }

  private static List<String> of(TextEncoder encoder, String what, String prompt) {
    TokenCount count = encoder.count(prompt);
    List<String> warnings = new ArrayList<>();
    if (count.cut() > 0) {
      warnings.add(
          message(
              "%s \"%s\": the last %d of %d tokens are cut; the model reads %d",
              what, shown(prompt), count.cut(), count.tokens(), count.tokens() - count.cut()));
    }
    if (count.allUnknown()) {
      warnings.add(
          message(
              "%s \"%s\": the text encoder knows none of its words; other prompts of unknown words"
                  + " give the same image",
              what, shown(prompt)));
    }
    return warnings;
  }

  private static String shown(String prompt) {
    String line = prompt.replaceAll("\\p{Cntrl}+", " ");
    return line.codePointCount(0, line.length()) <= SHOWN
        ? line
        : line.substring(0, line.offsetByCodePoints(0, SHOWN)) + "...";
  }
}
