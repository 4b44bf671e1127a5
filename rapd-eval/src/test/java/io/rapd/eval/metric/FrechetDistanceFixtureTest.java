package io.rapd.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.fixture.Fixture;
import java.util.Arrays;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class FrechetDistanceFixtureTest {
  private final Fixture fixture = Fixture.load("metrics");
  private final int dimensions = fixture.config().get("dim").asInt();

  /** Statistics of a fixture's features, added in batches of unequal size. */
  private FeatureStatistics statistics(String key) {
    float[] features = fixture.floats(key);
    FeatureStatistics.Accumulator all = new FeatureStatistics.Accumulator(dimensions);
    int vectors = features.length / dimensions;
    for (int first = 0, next; first < vectors; first = next) {
      next = Math.min(vectors, first + 1 + first);
      all.add(Arrays.copyOfRange(features, first * dimensions, next * dimensions));
    }
    assertThat(all.count()).isEqualTo(vectors);
    return all.finish();
  }

  @Test
  void meanAndCovarianceAreThoseOfNumpy() {
    for (String set : new String[] {"1", "2"}) {
      FeatureStatistics statistics = statistics("in.feat" + set);
      Fixture.assertClose("mu", statistics.mean(), fixture.doubles("out.mu" + set), 1e-8);
      Fixture.assertClose("s", statistics.covariance(), fixture.doubles("out.sigma" + set), 1e-8);
    }
  }

  @Test
  void distanceIsThatOfPytorchFid() {
    FeatureStatistics first = statistics("in.feat1");
    FeatureStatistics second = statistics("in.feat2");
    double expected = fixture.doubles("out.frechet")[0];
    assertThat(FrechetDistance.between(first, second))
        .isCloseTo(expected, Offset.offset(1e-8 * expected));
    assertThat(FrechetDistance.between(second, first))
        .isCloseTo(expected, Offset.offset(1e-8 * expected));
    assertThat(FrechetDistance.between(first, first)).isLessThan(1e-6);
  }

  /** Fewer vectors than dimensions, where square roots of eigenvalues lose half the digits. */
  @Test
  void aSetIsAtNoDistanceFromItselfWhereItsCovarianceIsSingular() {
    int width = 300;
    Random random = new Random(4);
    FeatureStatistics.Accumulator few = new FeatureStatistics.Accumulator(width);
    float[] features = new float[40 * width];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) random.nextGaussian() * (1 + i % width);
    }
    few.add(features);
    assertThat(few.singular()).isTrue();
    FeatureStatistics statistics = few.finish();
    double trace = 0;
    for (int d = 0; d < width; d++) {
      trace += statistics.covariance()[d * width + d];
    }
    assertThat(FrechetDistance.between(statistics, statistics)).isLessThan(1e-13 * trace);
  }

  @Test
  void unsuitableStatisticsAreRefused() {
    FeatureStatistics.Accumulator one = new FeatureStatistics.Accumulator(2);
    one.add(new float[] {1, 2});
    assertThatThrownBy(one::finish).hasMessageContaining("at least 2 feature vectors, got 1");
    assertThatThrownBy(() -> one.add(new float[3])).hasMessageContaining("2 values, got 3");
    FeatureStatistics narrow = new FeatureStatistics(new double[1], new double[] {1});
    FeatureStatistics wide = new FeatureStatistics(new double[2], new double[] {1, 0, 0, 1});
    assertThatThrownBy(() -> FrechetDistance.between(narrow, wide))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("got 1 and 2");
    assertThatThrownBy(() -> new FeatureStatistics(new double[] {Double.NaN}, new double[] {1}))
        .hasMessageContaining("must be finite");
  }
}
