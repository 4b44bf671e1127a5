package io.rapd.core.torch;

import ai.djl.pytorch.jni.JniUtils;

/**
 * The number of threads among which libtorch divides an operator called from the current thread,
 * until closed. For a short operator, waking a second thread costs more than it saves.
 */
public final class ProcessorThreads implements AutoCloseable {
  private final int before = count();

  private ProcessorThreads(int threads) {
    set(threads);
  }

  /** The current number of threads. */
  public static int count() {
    NativeRuntime.engine();
    return JniUtils.getNumThreads();
  }

  /**
   * Sets the number of threads for the calling thread. Threads that call libtorch for the first
   * time later start with the same number.
   */
  public static void set(int threads) {
    // A thread's first call into libtorch resets its number to the last one set by any thread.
    count();
    JniUtils.setNumThreads(threads);
  }

  /** Sets {@link #share} threads until closed. */
  public static ProcessorThreads shared(int parts) {
    return new ProcessorThreads(share(parts));
  }

  /** The current number of threads divided by {@code parts}, at least one. */
  public static int share(int parts) {
    return Math.max(1, count() / parts);
  }

  @Override
  public void close() {
    set(before);
  }
}
