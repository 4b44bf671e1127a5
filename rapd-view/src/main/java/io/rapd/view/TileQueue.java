package io.rapd.view;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Renders tiles one at a time, in the order of the requests, and keeps them. A request whose client
 * has left by its turn costs nothing.
 */
final class TileQueue implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(TileQueue.class);

  /** A request for an image. */
  interface Client {
    /** Whether nobody waits for the image any more. */
    boolean gone();

    /** Takes the image, or the refusal to make it. */
    void answer(Answer answer);

    /** Ends the request of a client that left. */
    void drop();
  }

  private record Entry(String key, Supplier<byte[]> work, Client client) {}

  private final int capacity;
  private final Cache<String, byte[]> cache;
  private final Deque<Entry> waiting = new ArrayDeque<>();
  private final Thread worker = new Thread(this::work, "rapd-view-tiles");
  private boolean closed;

  TileQueue(int capacity, long cacheBytes) {
    this.capacity = capacity;
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(cacheBytes)
            .executor(Runnable::run)
            .weigher((String key, byte[] png) -> 2 * key.length() + png.length)
            .build();
    worker.setDaemon(true);
    worker.start();
  }

  /**
   * Answers with an image, at once if it is cached.
   *
   * @param key names the content: equal keys are equal images
   * @param work makes the PNG file
   * @throws Refusal with 503 if too many requests wait
   */
  void submit(String key, Supplier<byte[]> work, Client client) {
    byte[] cached = cache.getIfPresent(key);
    if (cached != null) {
      client.answer(Answer.png(cached));
      return;
    }
    synchronized (this) {
      if (waiting.size() >= capacity || closed) {
        throw new Refusal(503, "%d tiles wait already", waiting.size());
      }
      waiting.add(new Entry(key, work, client));
      notifyAll();
    }
  }

  private synchronized @Nullable Entry next() {
    while (waiting.isEmpty() && !closed) {
      try {
        wait();
      } catch (InterruptedException e) {
        return null;
      }
    }
    return closed ? null : waiting.poll();
  }

  private void work() {
    for (Entry entry = next(); entry != null; entry = next()) {
      try {
        run(entry);
      } catch (RuntimeException | Error e) { // the queue outlives a request
        LOGGER.error("tile {} could not be answered", entry.key, e);
      }
    }
  }

  private void run(Entry entry) {
    if (entry.client.gone()) {
      entry.client.drop();
      return;
    }
    byte[] png = cache.getIfPresent(entry.key);
    if (png == null) {
      try {
        png = entry.work.get();
      } catch (Refusal e) {
        entry.client.answer(Answer.error(e.status(), e.reason()));
        return;
      } catch (RuntimeException | Error e) {
        LOGGER.error("tile {} could not be rendered", entry.key, e);
        entry.client.answer(Answer.error(500, "the tile could not be rendered: " + e.getMessage()));
        return;
      }
      cache.put(entry.key, png);
    }
    entry.client.answer(Answer.png(png));
  }

  /** Drops what waits, and waits for the tile that is rendered. */
  @Override
  public void close() {
    Consumer<Entry> drop = entry -> entry.client.drop();
    synchronized (this) {
      closed = true;
      waiting.forEach(drop);
      waiting.clear();
      notifyAll();
    }
    Threads.join(worker);
  }
}
