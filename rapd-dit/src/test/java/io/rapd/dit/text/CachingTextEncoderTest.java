package io.rapd.dit.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CachingTextEncoderTest {
  private final NDManager manager = NDManager.newBaseManager();
  private final LengthEncoder encoder = new LengthEncoder();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void rememberedPromptsAreNotEncodedAgain() {
    CachingTextEncoder cache = new CachingTextEncoder(encoder, 4);
    assertThat(values(cache, "a", "bb", "a")).containsExactly(1, 1, 2, 2, 1, 1);
    assertThat(values(cache, "bb")).containsExactly(2, 2);
    assertThat(values(cache, "ccc", "a")).containsExactly(3, 3, 1, 1);
    assertThat(encoder.calls).containsExactly(List.of("a", "bb"), List.of("ccc"));
    assertThat(cache.width()).isEqualTo(1);
    assertThat(cache.maxTokens()).isEqualTo(2);
    assertThat(cache.provenance()).isEqualTo("length");
  }

  @Test
  void leastRecentlyUsedPromptIsForgotten() {
    CachingTextEncoder cache = new CachingTextEncoder(encoder, 2);
    values(cache, "a");
    values(cache, "bb");
    values(cache, "a");
    values(cache, "ccc");
    assertThat(cache.size()).isEqualTo(2);
    encoder.calls.clear();
    values(cache, "a");
    values(cache, "bb");
    assertThat(encoder.calls).containsExactly(List.of("bb"));
  }

  @Test
  void batchLargerThanTheCacheIsWhole() {
    CachingTextEncoder cache = new CachingTextEncoder(encoder, 1);
    assertThat(values(cache, "a", "bb", "ccc")).containsExactly(1, 1, 2, 2, 3, 3);
    assertThat(cache.size()).isEqualTo(1);
  }

  @Test
  void resultsBelongToTheCallerAndNothingElseStays() {
    CachingTextEncoder cache = new CachingTextEncoder(encoder, 4);
    int before = manager.getManagedArrays().size();
    try (NDArray states = cache.encode(List.of("a"), manager)) {
      assertThat(manager.getManagedArrays()).hasSize(before + 1);
      states.muli(100);
    }
    assertThat(manager.getManagedArrays()).hasSize(before);
    assertThat(values(cache, "a")).containsExactly(1, 1);
  }

  @Test
  void manyThreadsGetTheRightStates() throws Exception {
    CachingTextEncoder cache = new CachingTextEncoder(encoder, 3);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Boolean>> tasks = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        int length = 1 + i % 7;
        tasks.add(() -> values(cache, "x".repeat(length))[0] == length);
      }
      for (Future<Boolean> result : threads.invokeAll(tasks)) {
        assertThat(result.get()).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(cache.size()).isEqualTo(3);
  }

  @Test
  void closingTheCacheClosesTheEncoder() {
    CachingTextEncoder cache = new CachingTextEncoder(encoder, 1);
    values(cache, "a");
    cache.close();
    assertThat(encoder.closed).isTrue();
    assertThat(cache.size()).isZero();
  }

  @Test
  void badArgumentsAreNamed() {
    assertThatThrownBy(() -> new CachingTextEncoder(encoder, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 1 prompt, got 0");
    CachingTextEncoder cache = new CachingTextEncoder(encoder, 1);
    assertThatThrownBy(() -> cache.encode(List.of(), manager))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private float[] values(TextEncoder from, String... prompts) {
    try (NDArray states = from.encode(List.of(prompts), manager)) {
      return states.toFloatArray();
    }
  }

  /** States are the length of the prompt; L = 2, D = 1; the first token is valid. */
  private static final class LengthEncoder implements TextEncoder {
    final List<List<String>> calls = new ArrayList<>();
    boolean closed;

    @Override
    public int width() {
      return 1;
    }

    @Override
    public int maxTokens() {
      return 2;
    }

    @Override
    public String provenance() {
      return "length";
    }

    @Override
    public synchronized NDArray encode(List<String> prompts, NDManager owner) {
      calls.add(List.copyOf(prompts));
      float[] states = new float[2 * prompts.size()];
      for (int b = 0; b < prompts.size(); b++) {
        states[2 * b] = prompts.get(b).length();
        states[2 * b + 1] = prompts.get(b).length();
      }
      return owner.create(states, new Shape(prompts.size(), 2, 1));
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
