package io.rapd.core.torch;

import ai.djl.pytorch.jni.JniUtils;

/**
 * Turns the recording of operations for back-propagation on or off for the current thread, until
 * closed. Unlike DJL's gradient collector, it can be nested and used by several threads.
 */
public final class GradMode implements AutoCloseable {
  private final boolean before;

  private GradMode(boolean recording) {
    // The engine must be loaded before its first native call.
    NativeRuntime.engine();
    before = JniUtils.isGradMode();
    JniUtils.setGradMode(recording);
  }

  /** Records operations until closed. */
  public static GradMode enabled() {
    return new GradMode(true);
  }

  /** Records nothing until closed. Results may still enter a recorded computation later. */
  public static GradMode disabled() {
    return new GradMode(false);
  }

  @Override
  public void close() {
    JniUtils.setGradMode(before);
  }
}
