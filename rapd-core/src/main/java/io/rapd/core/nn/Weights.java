package io.rapd.core.nn;

import java.util.Locale;

/** How a network keeps its matrices for inference. */
public enum Weights {
  /** All in the type of the {@link io.rapd.core.torch.Precision}. */
  FULL,

  /**
   * Those of at least {@value #INT8_VALUES} values as int8 rows with a scale each, if kernels
   * multiply by them in their own precision; all others as in {@link #FULL}. Kernels widen one
   * matrix at a time where they use it; nothing else reads it, so a module with such matrices can
   * be neither trained, saved nor shared.
   */
  INT8;

  static final int INT8_VALUES = 1 << 14;

  /** The name on the command line: {@code full} or {@code int8}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
