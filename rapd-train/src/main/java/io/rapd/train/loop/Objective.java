package io.rapd.train.loop;

import ai.djl.ndarray.NDManager;
import java.util.Map;

/** What a stage learns: from a step's number to gradients on its parameters. */
@FunctionalInterface
public interface Objective {
  /**
   * Runs forward and backward. Gradients are recorded while this runs and are zero before; each
   * trained parameter must have one afterwards.
   *
   * @param step from 1; with the seed it decides everything random
   * @param scope for every array of this step; closed after it
   * @return the losses by name, in the order to print; the first is the one that is minimised
   */
  Map<String, Double> gradients(long step, NDManager scope);
}
