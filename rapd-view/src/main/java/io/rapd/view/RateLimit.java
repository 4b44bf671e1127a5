package io.rapd.view;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the submissions of each client address, minute by minute. */
final class RateLimit {
  private static final int CLIENTS = 1024;

  private final int perMinute;
  private final Cache<String, AtomicInteger> counts =
      Caffeine.newBuilder().maximumSize(CLIENTS).expireAfterWrite(Duration.ofMinutes(1)).build();

  RateLimit(int perMinute) {
    this.perMinute = perMinute;
  }

  /**
   * Counts one submission.
   *
   * @throws Refusal with 429 if the client made too many
   */
  void count(String client) {
    if (counts.get(client, key -> new AtomicInteger()).incrementAndGet() > perMinute) {
      throw new Refusal(
          429, "at most %d requests of this kind per minute; wait a little", perMinute);
    }
  }
}
