package io.rapd.dit.flow;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * How much of training lies beyond each time at which sampling evaluates the network. Evaluations
 * at times that training hardly draws are extrapolated.
 */
public final class SamplingTimeCoverage {
  /** Below this share {@link #warning} speaks. */
  public static final double RARE = 1e-3;

  private final double[] times;
  private final double[] beyond;

  /** The coverage of the times of {@code sampling} by training with {@code flow}. */
  public SamplingTimeCoverage(FlowConfig flow, SamplingConfig sampling) {
    times = sampling.timesteps(flow);
    beyond = new double[sampling.steps()];
    for (int k = 0; k < beyond.length; k++) {
      beyond[k] = flow.timesteps().shareBeyond(times[k], flow.shift());
    }
  }

  /** The share of training times greater than t_k, for k = 0 to steps - 1; in [0, 1]. */
  public List<Double> shares() {
    List<Double> shares = new ArrayList<>();
    for (double share : beyond) {
      shares.add(share);
    }
    return shares;
  }

  /** One line: each sampling time and the share of training times beyond it. */
  public String describe() {
    StringBuilder line = new StringBuilder("share of training times beyond each sampling time:");
    for (int k = 0; k < beyond.length; k++) {
      line.append(String.format(Locale.ROOT, " %.3f: %.2g,", times[k], beyond[k]));
    }
    line.setLength(line.length() - 1);
    return line.toString();
  }

  /** What to change where evaluations fall on times that are hardly trained. */
  public Optional<String> warning() {
    int last = beyond.length - 1;
    if (beyond[last] >= RARE) {
      return Optional.empty();
    }
    int first = last;
    while (first > 0 && beyond[first - 1] < RARE) {
      first--;
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "warning: the last %d of %d sampling evaluations are at times from %.3f on, beyond which"
                + " less than %s of the training times lie (%.1g beyond the last one); raise"
                + " flow.timestepMean or flow.timestepStd",
            last - first + 1,
            beyond.length,
            times[first],
            RARE,
            beyond[last]));
  }

  /** P(N(mean, std²) > x). */
  static double normalTail(double mean, double std, double x) {
    if (std == 0) {
      return mean > x ? 1 : 0;
    }
    return NormalDistribution.of(mean, std).survivalProbability(x);
  }
}
