package io.rapd.train.loop;

import ai.djl.ndarray.NDManager;
import java.util.Map;

/** The loss that a stage minimises. */
@FunctionalInterface
public interface Objective {
  /**
   * Runs forward and backward, with gradient recording on. Gradients are zero before; afterwards
   * each trained parameter must have one.
   *
   * @param step from 1; with the seed it determines everything random
   * @param scope for the arrays of this step; closed after it
   * @return the losses by name, in display order; the first is the one that is minimised
   */
  Map<String, Double> gradients(long step, NDManager scope);
}
