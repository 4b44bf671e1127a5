package io.rapd.dit.text;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptReadingTest {
  private static final int TOKENS = 8; // [CLS], six words, [SEP]
  private static MiniLmTextEncoder encoder;

  @BeforeAll
  static void open() {
    encoder = MiniLmTextEncoder.open(TOKENS);
  }

  @AfterAll
  static void close() {
    encoder.close();
  }

  @ParameterizedTest
  @CsvSource({
    "red apple, 2, 0, 0",
    "'', 0, 0, 0",
    "one two three four five six, 6, 0, 0",
    "one two three four five six seven, 7, 1, 0",
    "a b c d e f g h i j k l m n o p q r s t u v w x y z, 26, 20, 0",
  })
  void tokensBeyondTheLimitAreCounted(String prompt, int tokens, int cut, int unknown) {
    assertThat(encoder.count(prompt)).isEqualTo(new TokenCount(tokens, cut, unknown));
  }

  @Test
  void wordsOutsideTheVocabularyAreCounted() {
    // Egyptian hieroglyphs, in no vocabulary and no emoji.
    TokenCount count = encoder.count("\uD80C\uDC00 \uD80C\uDC01");
    assertThat(count.unknown()).isEqualTo(2);
    assertThat(count.allUnknown()).isTrue();
    assertThat(encoder.count("red \uD80C\uDC00").allUnknown()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "\uD83C\uDF4E, red apple",
    "a\uD83C\uDF4Eb, a red apple b",
    "two \uD83D\uDE97\uD83D\uDC31!, two automobile cat face !",
    "\u2764\uFE0F, red heart",
    "\u2764, red heart",
    "\uD83D\uDC4D\uD83C\uDFFD, thumbs up", // with a skin tone
    "1\uFE0F\u20E3, keycap: 1",
    "1 \u00e9, 1 \u00e9",
  })
  void emojiAreSpelledOut(String prompt, String spelled) {
    assertThat(EmojiNames.spellOut(prompt)).isEqualTo(spelled);
  }

  @Test
  void anEmojiHasTheStatesOfItsName() {
    try (NDManager manager = NDManager.newBaseManager()) {
      assertThat(encoder.encode(List.of("\uD83D\uDC31"), manager).toFloatArray())
          .isEqualTo(encoder.encode(List.of("cat face"), manager).toFloatArray())
          .isNotEqualTo(encoder.encode(List.of("\uD83D\uDE97"), manager).toFloatArray());
    }
  }
}
