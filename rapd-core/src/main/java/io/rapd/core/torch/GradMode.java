package io.rapd.core.torch;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;

/**
 * Whether operations on the current thread are recorded for back-propagation, for the extent of a
 * {@code try} block. Unlike DJL's gradient collector it may be nested and used by several threads.
 */
public final class GradMode implements AutoCloseable {
  private final boolean before;

  private GradMode(boolean recording) {
    // The engine must be loaded before its first native call.
    Engine.getEngine("PyTorch");
    before = JniUtils.isGradMode();
    JniUtils.setGradMode(recording);
  }

  /** Records operations until closed. */
  public static GradMode enabled() {
    return new GradMode(true);
  }

  /** Records nothing until closed; results can still enter a recorded computation later. */
  public static GradMode disabled() {
    return new GradMode(false);
  }

  @Override
  public void close() {
    JniUtils.setGradMode(before);
  }
}
