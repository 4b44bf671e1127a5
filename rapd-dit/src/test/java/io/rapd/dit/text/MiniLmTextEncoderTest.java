package io.rapd.dit.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Expected states: the same ONNX file (sha256 afdb6f1a0e45b715...) run by the Python package
 * onnxruntime 1.22.0 on token ids of the Python package tokenizers 0.23.3, single prompts without
 * padding. On processors without 8-bit dot products the quantised sums may saturate, hence the wide
 * tolerance; a wrong token or a padded run is off by more.
 */
class MiniLmTextEncoderTest {
  private static final int TOKENS = 32;
  private static final int WIDTH = MiniLmTextEncoder.WIDTH;
  private static final float TOLERANCE = 0.05f;

  private static MiniLmTextEncoder encoder;
  private static NDManager manager;

  @BeforeAll
  static void open() {
    encoder = MiniLmTextEncoder.open(TOKENS);
    manager = NDManager.newBaseManager();
  }

  @AfterAll
  static void close() {
    encoder.close();
    manager.close();
  }

  @Test
  void statesEqualThoseOfTheReferenceRun() {
    assertThat(encoder.width()).isEqualTo(384);
    Encoded apple = encode("red apple");
    assertThat(apple.length(0)).isEqualTo(4);
    assertThat(apple.firstValues(0, 0))
        .containsExactly(
            new float[] {0.04819185f, -0.07153836f, 0.09610307f, 0.21917571f}, within(TOLERANCE));
    assertThat(apple.firstValues(0, 3))
        .containsExactly(
            new float[] {-0.24259758f, 0.35718149f, -0.59861290f, 0.78474379f}, within(TOLERANCE));
    Encoded car = encode("A blue CAR");
    assertThat(car.length(0)).isEqualTo(5);
    assertThat(car.firstValues(0, 4))
        .containsExactly(
            new float[] {-0.38129377f, 0.41774762f, 0.04968864f, 0.49615642f}, within(TOLERANCE));
  }

  @Test
  void pooledStatesFollowTheMeaning() {
    Encoded encoded = encode("red apple", "a red fruit", "a blue car");
    double fruit = cosine(encoded.pooled(0), encoded.pooled(1));
    double car = cosine(encoded.pooled(0), encoded.pooled(2));
    // Reference run: 0.7249 and 0.2254.
    assertThat(fruit).isCloseTo(0.725, within(0.02));
    assertThat(car).isCloseTo(0.225, within(0.02));
  }

  @Test
  void emptyPromptIsClassificationAndSeparatorToken() {
    Encoded empty = encode("");
    assertThat(empty.length(0)).isEqualTo(2);
    assertThat(empty.firstValues(0, 1))
        .containsExactly(
            new float[] {-1.20133793f, 0.44255126f, 0.00758063f, -0.00086913f}, within(TOLERANCE));
  }

  @Test
  void paddedPositionsHoldZeros() {
    Encoded encoded = encode("red apple", "");
    for (int b = 0; b < 2; b++) {
      int length = encoded.length(b);
      float[] padding =
          Arrays.copyOfRange(
              encoded.states, (b * TOKENS + length) * WIDTH, (b + 1) * TOKENS * WIDTH);
      assertThat(padding).containsOnly(0f);
      assertThat(encoded.firstValues(b, length - 1)).doesNotContain(0f);
    }
  }

  @Test
  void longPromptIsCutAndKeepsItsSeparator() {
    Encoded encoded = encode("a ".repeat(5000), "a ".repeat(TOKENS - 2));
    assertThat(encoded.length(0)).isEqualTo(TOKENS);
    assertThat(encoded.firstValues(0, TOKENS - 1))
        .containsExactly(
            new float[] {0.65644896f, 0.02726918f, -0.26673281f, 0.08395267f}, within(TOLERANCE));
    assertThat(encoded.prompt(0)).isEqualTo(encoded.prompt(1));
    assertThat(encode("x".repeat(10_000)).length(0)).isBetween(3, TOKENS);
  }

  @Test
  void emojiAndBrokenTextAreEncoded() {
    Encoded encoded = encode("a \uD83C\uDF4E on a plate", "lone \uD83C surrogate", "nul \0 byte");
    assertThat(encoded.length(0)).isEqualTo(8); // the emoji is read as "red apple"
    assertThat(encoded.prompt(0)).isEqualTo(encode("a red apple on a plate").prompt(0));
    for (float value : encoded.states) {
      assertThat(value).isFinite();
    }
  }

  @Test
  void samePromptGivesTheSameBitsAloneAndInABatch() {
    Encoded batch = encode("red apple", "a much longer prompt about a blue car", "red apple");
    Encoded single = encode("red apple");
    assertThat(batch.prompt(0)).isEqualTo(single.prompt(0));
    assertThat(batch.prompt(2)).isEqualTo(single.prompt(0));
    try (MiniLmTextEncoder fresh = MiniLmTextEncoder.open(TOKENS)) {
      assertThat(Encoded.of(fresh, manager, "red apple").states).isEqualTo(single.states);
      assertThat(fresh.provenance()).isEqualTo(encoder.provenance());
    }
  }

  @Test
  void provenanceNamesTheFilesByTheirHash() {
    assertThat(encoder.provenance())
        .isEqualTo(
            "all-MiniLM-L6-v2 quantised, onnx sha256 afdb6f1a0e45b715,"
                + " tokenizer sha256 da0e79933b9ed517, 32 tokens");
  }

  @Test
  void badArgumentsAreNamed() {
    assertThatThrownBy(() -> MiniLmTextEncoder.open(1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("text.maxTokens must be 2 to 512 for all-MiniLM-L6-v2, got 1");
    assertThatThrownBy(() -> MiniLmTextEncoder.open(513))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> encoder.encode(List.of(), manager))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one prompt");
    assertThatThrownBy(() -> encoder.encode(Arrays.asList("a", null), manager))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("prompts[1]");
    MiniLmTextEncoder shut = MiniLmTextEncoder.open(8);
    shut.close();
    shut.close();
    assertThatThrownBy(() -> shut.encode(List.of("a"), manager))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void tokenizerOfAnotherFormatIsRefused() {
    assertThatThrownBy(
            () ->
                PromptTokenizer.read(
                    "{}".getBytes(java.nio.charset.StandardCharsets.UTF_8),
                    8,
                    "some/tokenizer.json"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("some/tokenizer.json must be a Hugging Face tokenizer.json");
  }

  private static Encoded encode(String... prompts) {
    return Encoded.of(encoder, manager, prompts);
  }

  private static double cosine(double[] a, double[] b) {
    double dot = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      dot += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
    return dot / Math.sqrt(aa * bb);
  }

  /** A text embedding (B, L, D) on the Java side. */
  private static final class Encoded {
    final float[] states;

    private Encoded(float[] states) {
      this.states = states;
    }

    static Encoded of(TextEncoder encoder, NDManager manager, String... prompts) {
      try (NDArray states = encoder.encode(List.of(prompts), manager)) {
        assertThat(states.getShape())
            .isEqualTo(new Shape(prompts.length, encoder.maxTokens(), encoder.width()));
        return new Encoded(states.toFloatArray());
      }
    }

    /** The tokens of a prompt; after them stand zeros. */
    int length(int b) {
      int length = TOKENS;
      while (length > 0 && states[(b * TOKENS + length - 1) * WIDTH] == 0) {
        length--;
      }
      return length;
    }

    float[] prompt(int b) {
      return Arrays.copyOfRange(states, b * TOKENS * WIDTH, (b + 1) * TOKENS * WIDTH);
    }

    float[] firstValues(int b, int token) {
      int start = (b * TOKENS + token) * WIDTH;
      return Arrays.copyOfRange(states, start, start + 4);
    }

    double[] pooled(int b) {
      double[] mean = new double[WIDTH];
      for (int t = 0; t < length(b); t++) {
        for (int d = 0; d < WIDTH; d++) {
          mean[d] += states[(b * TOKENS + t) * WIDTH + d];
        }
      }
      return mean;
    }
  }
}
