package io.rapd.dit.flow;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.dit.block.RotaryTable;
import io.rapd.dit.block.TimeEmbedder;
import org.junit.jupiter.api.Test;

class ScheduleFixtureTest {
  private static final double TOLERANCE = 2e-6;
  private final Fixture fixture = Fixture.load("schedule");

  @Test
  void shiftedTimesMatch() {
    for (JsonNode shift : fixture.config().get("shifts")) {
      TimeShift timeShift = new TimeShift(shift.doubleValue());
      float[] times = fixture.floats("in.t");
      double[] shifted = new double[times.length];
      for (int i = 0; i < times.length; i++) {
        shifted[i] = timeShift.apply(times[i]);
      }
      assertClose("out.time_shift_" + text(shift), shifted);
      for (JsonNode steps : fixture.config().get("num_steps")) {
        assertClose(
            "out.timesteps_n" + steps.intValue() + "_s" + text(shift),
            timeShift.timesteps(steps.intValue()));
      }
    }
  }

  /** A number as the keys of the file state it: 32 for 32.0, but 2.5. */
  private static String text(JsonNode number) {
    double value = number.doubleValue();
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  private void assertClose(String key, double[] got) {
    float[] floats = fixture.floats(key);
    double[] expected = new double[floats.length];
    for (int i = 0; i < floats.length; i++) {
      expected[i] = floats[i];
    }
    Fixture.assertClose(key, got, expected, TOLERANCE);
  }

  @Test
  void timeFeaturesMatch() {
    try (NDManager manager = NDManager.newBaseManager()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      for (JsonNode values : fixture.config().get("embed_dims")) {
        arrays.assertClose(
            "out.timestep_embedding_" + values.intValue(),
            TimeEmbedder.features(arrays.array("in.t_embed"), values.intValue()),
            TOLERANCE);
      }
    }
  }

  @Test
  void rotaryTablesMatch() {
    try (NDManager manager = NDManager.newBaseManager()) {
      FixtureArrays arrays = new FixtureArrays(fixture, manager);
      for (JsonNode sizes : fixture.config().get("rope")) {
        int head = sizes.get(0).intValue();
        int rows = sizes.get(1).intValue();
        int columns = sizes.get(2).intValue();
        NDArray table = new RotaryTable(head).on(manager, rows, columns);
        String suffix = "_" + head + "_" + rows + "x" + columns;
        arrays.assertClose("out.rope_cos" + suffix, table.get("..., 0"), TOLERANCE);
        arrays.assertClose("out.rope_sin" + suffix, table.get("..., 1"), TOLERANCE);
      }
      assertThat(fixture.config().get("rope")).isNotEmpty();
    }
  }
}
