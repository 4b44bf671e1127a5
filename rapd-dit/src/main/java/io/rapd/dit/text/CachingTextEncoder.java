package io.rapd.dit.text;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Caches the states of the most recently used prompts of another encoder. They are kept on the
 * heap, 4 L D bytes per prompt, so no native memory outlives a call. Results are copies on the
 * caller's manager.
 *
 * <p>All prompts of a call that are not cached go to the encoder in one batch, without duplicates.
 * If that encoder's states depend on the batch by rounding, so do the cached ones.
 */
public final class CachingTextEncoder implements TextEncoder {

  private final TextEncoder encoder;
  private final Map<String, float[]> entries;

  /**
   * A cache in front of an encoder, which it owns and closes.
   *
   * @param capacity number of cached prompts, at least 1
   * @throws IllegalArgumentException if the capacity is below 1
   */
  public CachingTextEncoder(TextEncoder encoder, int capacity) {
    check(capacity >= 1, "the text cache must hold at least 1 prompt, got %d", capacity);
    this.encoder = encoder;
    this.entries = new LeastRecentlyUsed(capacity);
  }

  @Override
  public int width() {
    return encoder.width();
  }

  @Override
  public int maxTokens() {
    return encoder.maxTokens();
  }

  @Override
  public String provenance() {
    return encoder.provenance();
  }

  @Override
  public TokenCount count(String prompt) {
    return encoder.count(prompt);
  }

  /** The number of prompts in the cache. */
  int size() {
    synchronized (entries) {
      return entries.size();
    }
  }

  @Override
  public NDArray encode(List<String> prompts, NDManager manager) {
    Prompts.check(prompts);
    Map<String, float[]> found = lookUp(prompts);
    List<String> missing = new ArrayList<>(new LinkedHashSet<>(prompts));
    missing.removeAll(found.keySet());
    if (!missing.isEmpty()) {
      // Outside the lock, so that cached prompts need not wait for the encoder.
      Map<String, float[]> computed = compute(missing, manager);
      found.putAll(computed);
      synchronized (entries) {
        entries.putAll(computed);
      }
    }
    return join(prompts, found, manager);
  }

  private Map<String, float[]> lookUp(List<String> prompts) {
    Map<String, float[]> found = new HashMap<>();
    synchronized (entries) {
      for (String prompt : prompts) {
        float @Nullable [] states = entries.get(prompt);
        if (states != null) {
          found.put(prompt, states);
        }
      }
    }
    return found;
  }

  private Map<String, float[]> compute(List<String> prompts, NDManager manager) {
    Map<String, float[]> computed = new LinkedHashMap<>();
    try (NDArray states = encoder.encode(prompts, manager)) {
      for (int b = 0; b < prompts.size(); b++) {
        try (NDArray row = states.get(b)) {
          computed.put(prompts.get(b), row.toFloatArray());
        }
      }
    }
    return computed;
  }

  private NDArray join(List<String> prompts, Map<String, float[]> found, NDManager manager) {
    int values = Math.multiplyExact(maxTokens(), width());
    float[] joined = new float[Math.multiplyExact(prompts.size(), values)];
    for (int b = 0; b < prompts.size(); b++) {
      float[] states = Objects.requireNonNull(found.get(prompts.get(b)));
      System.arraycopy(states, 0, joined, b * values, values);
    }
    return manager.create(joined, new Shape(prompts.size(), maxTokens(), width()));
  }

  /** Clears the cache and closes the encoder. */
  @Override
  public void close() {
    synchronized (entries) {
      entries.clear();
    }
    encoder.close();
  }

  /** A map that drops its least recently used entry beyond the capacity. */
  private static final class LeastRecentlyUsed extends LinkedHashMap<String, float[]> {
    private final int capacity;

    LeastRecentlyUsed(int capacity) {
      super(16, 0.75f, true);
      this.capacity = capacity;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, float[]> eldest) {
      return size() > capacity;
    }
  }
}
