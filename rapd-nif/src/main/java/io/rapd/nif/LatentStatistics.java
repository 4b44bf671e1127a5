package io.rapd.nif;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.rapd.core.config.Default;
import io.rapd.core.torch.Kernel;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Mean and standard deviation of each latent channel over the training set. Diffusion works on z~ =
 * (z - mean) / std.
 *
 * @param mean C values
 * @param std C positive values
 * @param size height and width of the latents that they were measured on; 0 for unknown, as in
 *     models of earlier versions
 */
public record LatentStatistics(
    List<Double> mean,
    @JsonAlias("deviation") List<Double> std,
    // Left out where unknown: fingerprints of fields of earlier versions must not change.
    @Default("0") @JsonInclude(JsonInclude.Include.NON_DEFAULT) int size) {
  public LatentStatistics {
    check(
        mean.size() == std.size() && !mean.isEmpty(),
        "statistics.mean (%d values) and std (%d) must have one value per latent channel",
        mean.size(),
        std.size());
    for (double value : std) {
      check(value > 0, "statistics.std must be positive, got %s", value);
    }
    check(size >= 0, "statistics.size must not be negative, got %d", size);
    mean = List.copyOf(mean);
    std = List.copyOf(std);
  }

  /** Statistics of latents of unknown size. */
  public LatentStatistics(List<Double> mean, List<Double> std) {
    this(mean, std, 0);
  }

  /** Mean 0 and std 1, so that z~ = z. */
  public static LatentStatistics identity(int channels) {
    return new LatentStatistics(
        Collections.nCopies(channels, 0.0), Collections.nCopies(channels, 1.0));
  }

  /** z~ = (z - mean) / std, (B, C, H, W). */
  public NDArray normalize(NDArray latent) {
    try (NDManager scope = latent.getManager().newSubManager()) {
      NDArray centered = latent.sub(row(scope, latent, mean));
      centered.attach(scope);
      NDArray normal = centered.div(row(scope, latent, std));
      normal.attach(latent.getManager());
      return normal;
    }
  }

  /** z = z~ std + mean, (B, C, H, W). */
  public NDArray denormalize(NDArray normalized) {
    try (NDManager scope = normalized.getManager().newSubManager()) {
      NDArray scaled = normalized.mul(row(scope, normalized, std));
      scaled.attach(scope);
      NDArray latent = scaled.add(row(scope, normalized, mean));
      latent.attach(normalized.getManager());
      return latent;
    }
  }

  private NDArray row(NDManager scope, NDArray latent, List<Double> values) {
    Shape shape = latent.getShape();
    check(
        shape.dimension() == 4 && shape.get(1) == values.size(),
        "latent must be (B, %d, H, W), got %s; was it written with another NIF configuration?",
        values.size(),
        shape);
    float[] row = new float[values.size()];
    for (int c = 0; c < row.length; c++) {
      row[c] = values.get(c).floatValue();
    }
    return scope.create(row, new Shape(1, row.length, 1, 1));
  }

  /** Accumulates statistics in float64 batch by batch, by Chan's parallel update. */
  public static final class Accumulator {
    private static final String MOMENTS =
        """
        def forward(z):
          variance, mean = torch.var_mean(torch.to(z, $float64), [0, 2, 3], correction=0)
          return torch.stack([mean, variance])
        """;

    private final double[] mean;
    private final double[] squares;
    private double count;
    private int size = -1;

    public Accumulator(int channels) {
      mean = new double[channels];
      squares = new double[channels];
    }

    /** Adds a batch (B, C, H, W). */
    public void add(NDArray latent) {
      Shape shape = latent.getShape();
      boolean square = shape.get(2) == shape.get(3) && (size < 0 || size == shape.get(2));
      size = square ? (int) shape.get(2) : 0;
      double added = (double) shape.size() / mean.length;
      double[] moments;
      try (NDArray both = Kernel.of("LatentMoments", MOMENTS).call(latent)) {
        moments = both.toDoubleArray();
      }
      for (int c = mean.length; c < moments.length; c++) {
        moments[c] *= added;
      }
      add(added, moments);
    }

    /**
     * Adds values of which only the moments are known.
     *
     * @param moments C means, then C sums of squared differences from them
     */
    private void add(double added, double[] moments) {
      double total = count + added;
      for (int c = 0; c < mean.length; c++) {
        double delta = moments[c] - mean[c];
        mean[c] += delta * added / total;
        squares[c] += moments[mean.length + c] + delta * delta * count * added / total;
      }
      count = total;
    }

    /** All that has been added, as 2 + 2 C numbers for {@link #merge}. */
    public double[] state() {
      double[] state = new double[2 + 2 * mean.length];
      state[0] = count;
      state[1] = size;
      System.arraycopy(mean, 0, state, 2, mean.length);
      System.arraycopy(squares, 0, state, 2 + mean.length, mean.length);
      return state;
    }

    /** Adds what another accumulator of as many channels has seen. */
    public void merge(double[] state) {
      if (state[0] > 0) {
        size = size < 0 || size == (int) state[1] ? (int) state[1] : 0;
        add(state[0], Arrays.copyOfRange(state, 2, state.length));
      }
    }

    /**
     * The statistics of all batches; std is at least 1e-6. Their size is that of the latents, or
     * unknown where these are not squares of one size.
     *
     * @throws IllegalArgumentException if there are none
     */
    public LatentStatistics finish() {
      check(count > 0, "latent statistics need at least one latent, got none");
      return new LatentStatistics(
          Arrays.stream(mean).boxed().toList(),
          Arrays.stream(squares).mapToObj(s -> Math.max(Math.sqrt(s / count), 1e-6)).toList(),
          size);
    }
  }
}
