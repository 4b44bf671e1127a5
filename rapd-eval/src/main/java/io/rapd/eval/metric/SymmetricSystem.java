package io.rapd.eval.metric;

import static io.rapd.core.config.Check.check;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Linear equations with a symmetric matrix, by its eigendecomposition. */
public final class SymmetricSystem {
  private static final double SMALLEST = 1e-12;

  private SymmetricSystem() {}

  /**
   * Solves (S + added I) X = B.
   *
   * @param matrix S, (D, D), symmetric and positive semidefinite, float64
   * @param added at least 0
   * @param right B, (D, K)
   * @throws IllegalArgumentException if the matrix is singular
   */
  public static INDArray solve(INDArray matrix, double added, INDArray right) {
    int dimensions = (int) matrix.size(0);
    SymmetricEigen eigen = SymmetricEigen.of(matrix.dup('c').data().asDouble(), dimensions);
    double[] values = eigen.values().toDoubleVector();
    double largest = values[dimensions - 1] + added;
    for (int d = 0; d < dimensions; d++) {
      values[d] += added;
      check(
          values[d] > SMALLEST * largest,
          "the features are linearly dependent; expected a positive l2");
      values[d] = 1 / values[d];
    }
    INDArray turned = eigen.vectors().transpose().mmul(right);
    return eigen.vectors().mmul(turned.muliColumnVector(Nd4j.createFromArray(values)));
  }
}
