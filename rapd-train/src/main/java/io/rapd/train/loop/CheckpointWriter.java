package io.rapd.train.loop;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Writes checkpoints of copied state in a thread of its own while training goes on. At most one is
 * being written; the next one waits for it, so that at most one copy is in memory.
 */
final class CheckpointWriter implements AutoCloseable {
  private final TrainingRun run;
  private final LoopConfig config;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread writer = new Thread(task, "checkpoint-writer");
            writer.setDaemon(true);
            return writer;
          });
  private @Nullable Future<?> pending;

  CheckpointWriter(TrainingRun run, LoopConfig config) {
    this.run = run;
    this.config = config;
  }

  /**
   * Begins to write a copy of the state.
   *
   * @throws RuntimeException what writing the one before threw
   */
  void begin(Snapshot state) {
    await();
    Snapshot copy = state.copy();
    pending =
        thread.submit(
            () -> {
              try (copy) {
                run.save(copy, config);
              }
            });
  }

  /**
   * Does not wait.
   *
   * @throws RuntimeException what writing threw, if it has failed; once
   */
  void requireNoFailure() {
    if (pending != null && pending.isDone()) {
      await();
    }
  }

  /**
   * Waits until the checkpoint is written.
   *
   * @throws RuntimeException what writing threw; once
   */
  void await() {
    Future<?> last = pending;
    pending = null;
    if (last == null) {
      return;
    }
    try {
      last.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a checkpoint was written", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Lets a checkpoint that is being written end. */
  @Override
  public void close() {
    thread.shutdown();
    await();
  }
}
