package io.rapd.core.torch;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;

/**
 * How many threads libtorch shares an operator among on the calling thread, for the extent of a
 * {@code try} block. Waking a second thread costs more than a short operator takes.
 */
public final class ProcessorThreads implements AutoCloseable {
  private final int before = count();

  private ProcessorThreads(int threads) {
    set(threads);
  }

  /** The threads that the calling thread has now. */
  public static int count() {
    Engine.getEngine("PyTorch");
    return JniUtils.getNumThreads();
  }

  /**
   * So many threads for the calling thread from now on. Threads that first call libtorch after this
   * start with as many.
   */
  public static void set(int threads) {
    // A thread's first question makes it start with what was set last anywhere, even after this.
    count();
    JniUtils.setNumThreads(threads);
  }

  /** The calling thread's threads divided by {@code parts}, at least one, until closed. */
  public static ProcessorThreads shared(int parts) {
    return new ProcessorThreads(share(parts));
  }

  /** The calling thread's threads divided by {@code parts}, at least one. */
  public static int share(int parts) {
    return Math.max(1, count() / parts);
  }

  @Override
  public void close() {
    set(before);
  }
}
