package io.rapd.train.prepare;

import me.tongfei.progressbar.ProgressBar;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * How far a preparation has come: a bar on a terminal, a line a shard elsewhere. On standard error.
 */
final class StoredCount implements AutoCloseable {
  private final String title;
  private final int all;
  private final @Nullable ProgressBar bar;
  private int stored;

  StoredCount(String title, int stored, int all) {
    this.title = title;
    this.stored = stored;
    this.all = all;
    bar = CommandLine.Help.Ansi.AUTO.enabled() ? new ProgressBar(title, all) : null;
    if (bar != null) {
      bar.stepTo(stored);
    } else {
      print();
    }
  }

  /** So many more have run. */
  void ran(int count) {
    if (bar != null) {
      bar.stepBy(count);
    }
  }

  /** So many more are in a shard. */
  void stored(int count) {
    stored += count;
    if (bar == null) {
      print();
    }
  }

  private void print() {
    System.err.printf("%s  %d of %d stored%n", title, stored, all);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
