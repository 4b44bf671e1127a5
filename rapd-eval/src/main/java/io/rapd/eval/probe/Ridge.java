package io.rapd.eval.probe;

import io.rapd.eval.metric.SymmetricSystem;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Ridge regression onto 0 and 1 in closed form: the second opinion on the classifier. Minimises the
 * same as {@link LinearClassifier.Loss#SQUARES}, {@code mean |x W + b - y|² + l2 / 2 |W|²}.
 *
 * @param weights (D, K)
 * @param bias (1, K)
 */
record Ridge(INDArray weights, INDArray bias) {
  static Ridge fit(INDArray features, INDArray classes, double l2) {
    INDArray mean = features.mean(true, 0);
    INDArray bias = classes.mean(true, 0);
    INDArray x = features.sub(mean);
    INDArray y = classes.sub(bias);
    INDArray gram = x.transpose().mmul(x);
    double added = features.size(0) * l2 / 2;
    INDArray weights = SymmetricSystem.solve(gram, added, x.transpose().mmul(y));
    return new Ridge(weights, bias.sub(mean.mmul(weights)));
  }

  /** Scores (n, K), the largest for the predicted class. */
  INDArray scores(INDArray features) {
    return features.mmul(weights).addiRowVector(bias);
  }
}
