package io.rapd.train.loop;

import java.util.Map;

/**
 * A measurement on held-out data at intervals of its own. Leaves parameters, gradients and the
 * number of arrays unchanged.
 */
public interface HeldOut {
  /** None. */
  HeldOut NONE =
      new HeldOut() {
        @Override
        public int every() {
          return 0;
        }

        @Override
        public Map<String, Double> measure() {
          return Map.of();
        }
      };

  /** Steps between measurements; 0 for none. */
  int every();

  /** Measures, all ranks together; by name. */
  Map<String, Double> measure();
}
