package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.RandomStream;
import java.util.Map;

/**
 * The distribution of training times before the shift: t = sigmoid(N(mean, std²)).
 *
 * @param mean mu; PixelGen's is -0.8
 * @param std sigma, not negative; PixelGen's is 0.8
 */
public record TimestepDistribution(double mean, double std) {
  public TimestepDistribution {
    check(Double.isFinite(mean), "timestepDistribution.mean must be finite, got %s", mean);
    check(
        std >= 0 && Double.isFinite(std),
        "timestepDistribution.std must be finite and not negative, got %s",
        std);
  }

  /** Draws independent shifted times in [0, 1]. */
  public float[] sample(RandomStream random, int count, TimeShift shift) {
    float[] times = new float[count];
    for (int i = 0; i < count; i++) {
      double normal = mean + std * random.generator().nextGaussian();
      times[i] = (float) shift.apply(1 / (1 + Math.exp(-normal)));
    }
    return times;
  }

  /** The share of shifted times greater than {@code time}, which is in [0, 1]. */
  public double shareBeyond(double time, TimeShift shift) {
    double before = shift.invert(time);
    return SamplingTimeCoverage.normalTail(mean, std, Math.log(before / (1 - before)));
  }

  private static final String TIMES =
      """
      def forward(x):
        t = torch.sigmoid(x * $std + $mean)
        return t / (t + torch.rsub(t, 1) * $shift)
      """;

  /**
   * The shifted times that belong to normal values, as {@link #sample} computes them.
   *
   * @param normal N(0, 1) values (B), float32
   * @return (B), float32, on the same manager
   */
  public NDArray times(NDArray normal, TimeShift shift) {
    return Kernel.of("Times", TIMES, Map.of("mean", mean, "std", std, "shift", shift.shift()))
        .call(normal);
  }
}
