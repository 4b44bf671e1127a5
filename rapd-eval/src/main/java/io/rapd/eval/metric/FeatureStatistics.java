package io.rapd.eval.metric;

import static io.rapd.core.config.Check.check;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Mean and covariance of feature vectors, float64. */
public final class FeatureStatistics {
  private final double[] mean;
  private final double[] covariance;

  /**
   * Takes over the arrays.
   *
   * @param mean (D)
   * @param covariance (D, D), row-major, symmetric
   * @throws IllegalArgumentException if the sizes disagree or a value is not finite
   */
  public FeatureStatistics(double[] mean, double[] covariance) {
    check(
        mean.length > 0 && covariance.length == (long) mean.length * mean.length,
        "a covariance of %d dimensions has %d values, got %d",
        mean.length,
        (long) mean.length * mean.length,
        covariance.length);
    check(
        Arrays.stream(mean).allMatch(Double::isFinite)
            && Arrays.stream(covariance).allMatch(Double::isFinite),
        "mean and covariance must be finite");
    this.mean = mean;
    this.covariance = covariance;
  }

  /** D. */
  public int dimensions() {
    return mean.length;
  }

  /** A copy of the mean, (D). */
  public double[] mean() {
    return mean.clone();
  }

  /** A copy of the covariance, (D, D), row-major. */
  public double[] covariance() {
    return covariance.clone();
  }

  /** Accumulates statistics batch by batch, by Chan's parallel update; memory is O(D²). */
  public static final class Accumulator {
    private final double[] mean;
    private final INDArray scatter;
    private long count;

    /**
     * Statistics of no vectors.
     *
     * @param dimensions D
     */
    public Accumulator(int dimensions) {
      mean = new double[dimensions];
      scatter = Nd4j.zeros(DataType.DOUBLE, dimensions, dimensions);
    }

    /** The number of vectors added. */
    public long count() {
      return count;
    }

    /**
     * Adds vectors (n, D), row-major.
     *
     * @throws IllegalArgumentException if the length is not a multiple of D
     */
    public void add(float[] features) {
      int width = mean.length;
      check(
          features.length % width == 0,
          "expected feature vectors of %d values, got %d values",
          width,
          features.length);
      int added = features.length / width;
      if (added == 0) {
        return;
      }
      double[] batchMean = new double[width];
      for (int i = 0; i < features.length; i++) {
        batchMean[i % width] += features[i];
      }
      double[] delta = new double[width];
      for (int d = 0; d < width; d++) {
        batchMean[d] /= added;
        delta[d] = batchMean[d] - mean[d];
      }
      double[] centered = new double[features.length];
      for (int i = 0; i < features.length; i++) {
        centered[i] = features[i] - batchMean[i % width];
      }
      INDArray rows = Nd4j.createFromArray(centered).reshape(added, width);
      scatter.addi(rows.transpose().mmul(rows));
      double total = (double) count + added;
      INDArray step = Nd4j.createFromArray(delta).reshape(width, 1);
      scatter.addi(step.mmul(step.transpose()).muli(count * (added / total)));
      for (int d = 0; d < width; d++) {
        mean[d] += delta[d] * added / total;
      }
      count += added;
    }

    /**
     * The statistics; the covariance divides by n - 1, as {@code numpy.cov} does.
     *
     * @throws IllegalArgumentException if there are fewer than two vectors
     */
    public FeatureStatistics finish() {
      check(count > 1, "a covariance needs at least 2 feature vectors, got %d", count);
      double[] covariance = scatter.div(count - 1.0).dup('c').data().asDouble();
      return new FeatureStatistics(mean.clone(), covariance);
    }

    /** Whether the covariance is singular because there are no more vectors than dimensions. */
    public boolean singular() {
      return count <= mean.length;
    }
  }

  /** The largest difference between the covariance and its transpose. */
  double asymmetry() {
    int width = mean.length;
    return IntStream.range(0, width)
        .mapToDouble(
            i ->
                IntStream.range(0, i)
                    .mapToDouble(
                        j -> Math.abs(covariance[i * width + j] - covariance[j * width + i]))
                    .max()
                    .orElse(0))
        .max()
        .orElse(0);
  }
}
