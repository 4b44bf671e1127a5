package io.rapd.dit.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rapd.core.torch.RandomStream;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SamplingTimeCoverageTest {
  private static SamplingTimeCoverage of(double mean, double std, double shift, double sampling) {
    return new SamplingTimeCoverage(
        new FlowConfig(shift, mean, std, "data", 0.1),
        new SamplingConfig(
            25, Guidance.of(4), SolverType.EULER, NoiseSource.RANDOM_STREAM, sampling));
  }

  /** The shares that the design text states for 25 steps at shift 32. */
  @Test
  void sharesAreThoseOfTheNormalDistribution() {
    List<Double> standard = of(0, 1, 32, 0).shares();
    assertThat(standard.get(0)).isEqualTo(1);
    assertThat(standard.get(20)).isCloseTo(0.083, within(5e-4));
    assertThat(standard.get(24)).isCloseTo(7.4e-4, within(5e-6));
    List<Double> pixelGen = of(-0.8, 0.8, 32, 0).shares();
    assertThat(pixelGen.get(20)).isCloseTo(0.0031, within(5e-5));
    assertThat(pixelGen.get(24)).isCloseTo(3.3e-7, within(1e-8));
  }

  @Test
  void sharesAreThoseOfDrawnTimes() {
    int count = 200_000;
    TimestepDistribution distribution = new TimestepDistribution(0.3, 1.2);
    TimeShift shift = new TimeShift(5);
    float[] times = distribution.sample(RandomStream.of(1, "times", 0), count, shift);
    for (double t : new double[] {0.02, 0.2, 0.5, 0.9}) {
      int beyond = 0;
      for (float time : times) {
        beyond += time > t ? 1 : 0;
      }
      double expected = distribution.shareBeyond(t, shift);
      Offset<Double> noise = within(5 * Math.sqrt(expected * (1 - expected) / count));
      assertThat((double) beyond / count).isCloseTo(expected, noise);
    }
  }

  @Test
  void aShiftOfSamplingMovesItsTimesOnly() {
    assertThat(of(0, 1, 16, 16).shares()).isEqualTo(of(0, 1, 16, 0).shares());
    assertThat(of(0, 1, 16, 8).shares().get(24)).isLessThan(of(0, 1, 16, 0).shares().get(24));
    assertThat(of(0, 1, 1, 3).shares().get(24)).isCloseTo(0.02, within(2e-3));
  }

  @Test
  void warnsOfTimesThatAreHardlyTrained() {
    assertThat(of(0, 1.2, 16, 0).warning()).isEmpty();
    assertThat(of(-0.8, 0.8, 32, 0).warning()).get().asString().contains("the last 3 of 25");
    assertThat(of(-0.8, 0, 1, 0).warning()).isPresent(); // always the same time
    assertThat(of(0, 1, 16, 0).describe()).contains(" 0.000: 1.0,").endsWith(": 0.00074");
  }

  @Test
  void invertUndoesTheShift() {
    for (double s : new double[] {0.5, 1, 3, 32}) {
      TimeShift shift = new TimeShift(s);
      for (double t : new double[] {0, 1e-3, 0.4, 1}) {
        assertThat(shift.invert(shift.apply(t))).isCloseTo(t, within(1e-14));
      }
    }
  }
}
