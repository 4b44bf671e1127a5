package io.rapd.eval.metric;

import static io.rapd.core.config.Check.check;

import java.util.Arrays;
import org.bytedeco.openblas.global.openblas;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The Frechet distance between two Gaussians, |m1 - m2|² + tr(S1 + S2 - 2 (S1 S2)^(1/2)); FID on
 * Inception features (Heusel et al., 2017), as {@code pytorch_fid} computes it.
 *
 * <p>With S = R R', the trace of (S1 S2)^(1/2) is the sum of the singular values of R1' R2. Unlike
 * the square roots of eigenvalues, these are accurate where a covariance is singular, so the
 * distance of a set from itself is 0 to rounding and no correction of the diagonal is needed.
 */
public final class FrechetDistance {
  private FrechetDistance() {}

  /**
   * The distance, at least 0.
   *
   * @throws IllegalArgumentException if the dimensions differ
   */
  public static double between(FeatureStatistics first, FeatureStatistics second) {
    int dimensions = first.dimensions();
    check(
        dimensions == second.dimensions(),
        "statistics must have the same number of feature dimensions, got %d and %d",
        dimensions,
        second.dimensions());
    double[] mean1 = first.mean();
    double[] mean2 = second.mean();
    double distance = 0;
    for (int d = 0; d < dimensions; d++) {
      distance += (mean1[d] - mean2[d]) * (mean1[d] - mean2[d]);
    }
    double[] covariance1 = first.covariance();
    double[] covariance2 = second.covariance();
    INDArray root1 = SymmetricEigen.of(covariance1, dimensions).root();
    INDArray root2 = SymmetricEigen.of(covariance2, dimensions).root();
    distance += trace(covariance1, dimensions) + trace(covariance2, dimensions);
    distance -= 2 * Arrays.stream(singularValues(root1.transpose().mmul(root2))).sum();
    return Math.max(0, distance);
  }

  private static double trace(double[] matrix, int dimensions) {
    double trace = 0;
    for (int d = 0; d < dimensions; d++) {
      trace += matrix[d * dimensions + d];
    }
    return trace;
  }

  /** The singular values of a square matrix by LAPACK's {@code dgesdd}. */
  private static double[] singularValues(INDArray matrix) {
    int n = (int) matrix.size(0);
    double[] values = matrix.dup('c').data().asDouble(); // the transpose has the same values
    double squares = Arrays.stream(values).map(v -> v * v).sum();
    double[] singular = new double[n];
    double[] none = new double[1];
    int info =
        openblas.LAPACKE_dgesdd(
            openblas.LAPACK_COL_MAJOR, (byte) 'N', n, n, values, n, singular, none, 1, none, 1);
    double found = Arrays.stream(singular).map(v -> v * v).sum();
    if (info != 0 || !(Math.abs(found - squares) <= 1e-10 * squares)) {
      throw new IllegalStateException(
          "LAPACK's dgesdd fails with info " + info + ", norm " + found + " instead of " + squares);
    }
    return singular;
  }
}
