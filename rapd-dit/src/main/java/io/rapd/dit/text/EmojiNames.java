package io.rapd.dit.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Replaces emoji in a prompt by their English names, which the vocabulary of all-MiniLM-L6-v2 does
 * not contain. The names are the captions of the embedded data set (Unicode CLDR).
 */
final class EmojiNames {
  private static final String RESOURCE = "emoji-names.tsv";
  private static final int VARIATION_SELECTOR = 0xfe0f;

  /** Names by code points without variation selectors. */
  private static final Map<List<Integer>, String> NAMES = read();

  private static final int LONGEST = NAMES.keySet().stream().mapToInt(List::size).max().orElse(0);

  private EmojiNames() {}

  /** The prompt with each emoji replaced by its name, set off by spaces; skin tones are dropped. */
  static String spellOut(String prompt) {
    if (prompt.codePoints().allMatch(c -> c < 0x80)) {
      return prompt;
    }
    List<Integer> points =
        prompt.codePoints().filter(c -> c != VARIATION_SELECTOR && !isSkinTone(c)).boxed().toList();
    StringBuilder text = new StringBuilder();
    boolean replaced = false;
    for (int at = 0; at < points.size(); ) {
      int length = longestEmoji(points, at);
      if (length == 0) {
        text.appendCodePoint(points.get(at++));
      } else {
        text.append(' ').append(NAMES.get(points.subList(at, at + length))).append(' ');
        replaced = true;
        at += length;
      }
    }
    return replaced ? text.toString().strip().replaceAll(" +", " ") : prompt;
  }

  private static int longestEmoji(List<Integer> points, int at) {
    for (int length = Math.min(LONGEST, points.size() - at); length > 0; length--) {
      if (NAMES.containsKey(points.subList(at, at + length))) {
        return length;
      }
    }
    return 0;
  }

  private static boolean isSkinTone(int point) {
    return point >= 0x1f3fb && point <= 0x1f3ff;
  }

  private static Map<List<Integer>, String> read() {
    Map<List<Integer>, String> names = new HashMap<>();
    try (InputStream in =
            Objects.requireNonNull(EmojiNames.class.getResourceAsStream(RESOURCE), RESOURCE);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int tab = line.indexOf('\t');
        List<Integer> points = new ArrayList<>();
        for (String hex : line.substring(0, tab).split("-", -1)) {
          points.add(Integer.parseInt(hex, 16));
        }
        names.put(points, line.substring(tab + 1));
      }
      return names;
    } catch (IOException e) {
      throw new UncheckedIOException(RESOURCE, e);
    }
  }
}
