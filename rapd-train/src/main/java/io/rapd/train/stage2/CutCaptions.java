package io.rapd.train.stage2;

import static io.rapd.core.text.Messages.message;

import io.rapd.dit.text.TextEncoder;
import io.rapd.dit.text.TokenCount;
import io.rapd.train.data.ImageTextSource;
import java.util.Optional;

/** Says before training how many captions lose their end to {@code text.maxTokens}. */
final class CutCaptions {
  /** Samples looked at: enough for an estimate, and never a pass over a large set. */
  private static final int SAMPLES = 1_000;

  private CutCaptions() {}

  /** One line, or none where no caption of the first samples is cut. */
  static Optional<String> of(ImageTextSource source, TextEncoder text) {
    int samples = Math.min(SAMPLES, source.size());
    int captions = 0;
    int cut = 0;
    int longest = 0;
    for (int i = 0; i < samples; i++) {
      try {
        for (String caption : source.captions(i)) {
          TokenCount count = text.count(caption);
          captions++;
          cut += count.cut() > 0 ? 1 : 0;
          longest = Math.max(longest, count.tokens());
        }
      } catch (IllegalArgumentException e) {
        // Unreadable: listed when training reads it.
      }
    }
    return cut == 0
        ? Optional.empty()
        : Optional.of(
            message(
                "%d of %d captions (first %d samples) are longer than text.maxTokens (%d) allows and"
                    + " lose their end; the longest has %d tokens",
                cut, captions, samples, text.maxTokens(), longest));
  }
}
