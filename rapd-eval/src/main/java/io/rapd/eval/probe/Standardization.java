package io.rapd.eval.probe;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Features minus their mean over their standard deviation, both of the training images.
 *
 * @param mean (1, D)
 * @param deviation (1, D); 1 for a feature that does not vary
 */
record Standardization(INDArray mean, INDArray deviation) {
  private static final double CONSTANT = 1e-9;

  /** Of training features (n, D). */
  static Standardization of(INDArray features) {
    INDArray mean = features.mean(true, 0);
    INDArray deviation = features.std(false, true, 0);
    for (long d = 0; d < deviation.length(); d++) {
      if (!(deviation.getDouble(d) > CONSTANT)) {
        deviation.putScalar(d, 1);
      }
    }
    return new Standardization(mean, deviation);
  }

  INDArray apply(INDArray features) {
    return features.sub(mean).divi(deviation);
  }
}
