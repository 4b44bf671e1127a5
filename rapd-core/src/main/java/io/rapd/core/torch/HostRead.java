package io.rapd.core.torch;

import ai.djl.ndarray.NDArray;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Copies results of a training step from the device to the host. Each copy waits until the device
 * has finished all queued work, so reads are counted and a test limits them per step.
 */
public final class HostRead {
  private static final AtomicLong COUNT = new AtomicLong();

  private HostRead() {}

  /** All values, row-major. */
  public static float[] floats(NDArray array) {
    COUNT.incrementAndGet();
    return array.toFloatArray();
  }

  /** The value of a scalar. */
  public static float scalar(NDArray array) {
    COUNT.incrementAndGet();
    return array.getFloat();
  }

  /** The number of reads in this process so far. */
  public static long count() {
    return COUNT.get();
  }
}
