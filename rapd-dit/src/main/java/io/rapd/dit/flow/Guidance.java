package io.rapd.dit.flow;

/**
 * Classifier-free guidance: v = v_u + scale (v_c - v_u) at times minimum {@code <} t {@code <=}
 * maximum, v = v_c at others. With a minimum of 0 the first step (t = 0) is not guided.
 *
 * @param scale g, not negative; 1 turns guidance off
 * @param minimum of the guided times, itself not guided
 * @param maximum of the guided times, itself guided
 */
public record Guidance(double scale, double minimum, double maximum) {
  /** Checks ranges. */
  public Guidance {
    if (!(scale >= 0) || Double.isInfinite(scale)) {
      throw new IllegalArgumentException(
          "guidance.scale must be finite and not negative, got " + scale);
    }
    if (!(minimum >= 0 && minimum <= maximum && maximum <= 1)) {
      throw new IllegalArgumentException(
          "guidance must satisfy 0 <= minimum <= maximum <= 1, got minimum "
              + minimum
              + " and maximum "
              + maximum);
    }
  }

  /** Guidance of that scale at all times but 0. */
  public static Guidance of(double scale) {
    return new Guidance(scale, 0, 1);
  }

  /** No guidance. */
  public static Guidance none() {
    return of(1);
  }

  /** Whether the unconditional prediction is needed at that time. */
  public boolean activeAt(double time) {
    return scale != 1 && time > minimum && time <= maximum;
  }
}
