package io.rapd.dit.text;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the prompts used last, in front of any encoder. What it remembers are Java arrays of
 * 4·L·D + 8·L bytes a prompt, so that no native memory outlives a call; what it hands out belongs
 * to the caller's manager and may be changed freely.
 *
 * <p>The prompts of a call that are not remembered go to the encoder in one batch, each once. Where
 * an encoder's batches differ from its single prompts by rounding, so do the remembered states.
 */
public final class CachingTextEncoder implements TextEncoder {

  private final TextEncoder encoder;
  private final Map<String, Entry> entries;

  /**
   * Puts a cache before an encoder, which it owns from now on: closing the cache closes it.
   *
   * @param capacity how many prompts are remembered, at least 1
   * @throws IllegalArgumentException if the capacity is below 1
   */
  public CachingTextEncoder(TextEncoder encoder, int capacity) {
    if (capacity < 1) {
      throw new IllegalArgumentException(
          "the text cache must hold at least 1 prompt, got " + capacity);
    }
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

  /** How many prompts are remembered now. */
  public int size() {
    synchronized (entries) {
      return entries.size();
    }
  }

  @Override
  public TextEmbedding encode(List<String> prompts, NDManager manager) {
    Prompts.check(prompts);
    Map<String, Entry> found = lookUp(prompts);
    List<String> missing = new ArrayList<>(new LinkedHashSet<>(prompts));
    missing.removeAll(found.keySet());
    if (!missing.isEmpty()) {
      // Outside the lock: remembered prompts need not wait for the encoder.
      Map<String, Entry> computed = compute(missing, manager);
      found.putAll(computed);
      synchronized (entries) {
        entries.putAll(computed);
      }
    }
    return join(prompts, found, manager);
  }

  private Map<String, Entry> lookUp(List<String> prompts) {
    Map<String, Entry> found = new HashMap<>();
    synchronized (entries) {
      for (String prompt : prompts) {
        @Nullable Entry entry = entries.get(prompt);
        if (entry != null) {
          found.put(prompt, entry);
        }
      }
    }
    return found;
  }

  private Map<String, Entry> compute(List<String> prompts, NDManager manager) {
    Map<String, Entry> computed = new LinkedHashMap<>();
    try (NDManager scope = manager.newSubManager();
        TextEmbedding embedding = encoder.encode(prompts, scope)) {
      for (int b = 0; b < prompts.size(); b++) {
        computed.put(
            prompts.get(b),
            new Entry(
                embedding.states().get(b).toFloatArray(), embedding.mask().get(b).toLongArray()));
      }
    }
    return computed;
  }

  private TextEmbedding join(List<String> prompts, Map<String, Entry> found, NDManager manager) {
    int batch = prompts.size();
    int tokens = maxTokens();
    int values = tokens * width();
    float[] states = new float[Math.multiplyExact(batch, values)];
    long[] mask = new long[batch * tokens];
    for (int b = 0; b < batch; b++) {
      @Nullable Entry entry = found.get(prompts.get(b));
      if (entry == null) {
        throw new IllegalStateException("every prompt is remembered or computed by now");
      }
      System.arraycopy(entry.states, 0, states, b * values, values);
      System.arraycopy(entry.mask, 0, mask, b * tokens, tokens);
    }
    return new TextEmbedding(
        manager.create(states, new Shape(batch, tokens, width())),
        manager.create(mask, new Shape(batch, tokens)));
  }

  /** Forgets every prompt and closes the encoder. */
  @Override
  public void close() {
    synchronized (entries) {
      entries.clear();
    }
    encoder.close();
  }

  /** One prompt: states (L, D) and mask (L), never changed. */
  private static final class Entry {
    final float[] states;
    final long[] mask;

    Entry(float[] states, long[] mask) {
      this.states = states;
      this.mask = mask;
    }
  }

  /** A map in the order of use that drops its oldest entry beyond the capacity. */
  private static final class LeastRecentlyUsed extends LinkedHashMap<String, Entry> {
    private final int capacity;

    LeastRecentlyUsed(int capacity) {
      super(16, 0.75f, true);
      this.capacity = capacity;
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Entry> eldest) {
      return size() > capacity;
    }
  }
}
