package io.rapd.eval.metric;

import org.bytedeco.openblas.global.openblas;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A symmetric eigendecomposition, S = V diag(values) V', by LAPACK's {@code dsyevd}: ND4J's own
 * eigenproblems are slower or wrong (docs/decisions/0004-nd4j.md). Every decomposition is checked
 * by its residual, since an older OpenBLAS returned wrong vectors without an error.
 *
 * @param values ascending, (D)
 * @param vectors V, (D, D), one vector per column
 */
record SymmetricEigen(INDArray values, INDArray vectors) {
  private static final double RESIDUAL = 1e-10;

  /**
   * Decomposes a symmetric matrix.
   *
   * @param matrix (D, D), row-major
   * @throws IllegalStateException if LAPACK fails or its result does not solve the problem
   */
  static SymmetricEigen of(double[] matrix, int dimensions) {
    double[] vectors = matrix.clone();
    double[] values = new double[dimensions];
    int info =
        openblas.LAPACKE_dsyevd(
            openblas.LAPACK_COL_MAJOR,
            (byte) 'V',
            (byte) 'U',
            dimensions,
            vectors,
            dimensions,
            values);
    if (info != 0) {
      throw new IllegalStateException("LAPACK's dsyevd fails with info " + info);
    }
    INDArray lambda = Nd4j.createFromArray(values);
    // Column-major: row i of the array is vector i.
    INDArray basis = Nd4j.createFromArray(vectors).reshape(dimensions, dimensions).transpose();
    SymmetricEigen result = new SymmetricEigen(lambda, basis);
    result.checkSolves(Nd4j.createFromArray(matrix).reshape(dimensions, dimensions));
    return result;
  }

  private void checkSolves(INDArray matrix) {
    INDArray residual = matrix.mmul(vectors).subi(vectors.mulRowVector(values));
    double largest = residual.norm2Number().doubleValue();
    double scale = matrix.norm2Number().doubleValue();
    if (!(largest <= RESIDUAL * scale)) { // also for NaN
      throw new IllegalStateException(
          "LAPACK's dsyevd returned wrong eigenvectors: residual "
              + largest
              + " of a matrix of norm "
              + scale
              + "; is another OpenBLAS loaded than the project pins?");
    }
  }

  /** V diag(sqrt(values)), negative values as 0: S = R R'. */
  INDArray root() {
    double[] roots = values.toDoubleVector();
    for (int i = 0; i < roots.length; i++) {
      roots[i] = Math.sqrt(Math.max(0, roots[i]));
    }
    return vectors.mulRowVector(Nd4j.createFromArray(roots));
  }
}
