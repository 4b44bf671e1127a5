package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

/**
 * Classifier-free guidance: v = v_u + scale (v_c - v_u) at times minimum {@code <} t {@code <=}
 * maximum, v = v_c at others. With a minimum of 0 the first step (t = 0) is not guided.
 *
 * @param scale g, not negative; 1 turns guidance off
 * @param minimum of the guided times, itself not guided
 * @param maximum of the guided times, itself guided
 */
public record Guidance(double scale, double minimum, double maximum) {
  public Guidance {
    check(
        scale >= 0 && Double.isFinite(scale),
        "guidance.scale must be finite and not negative, got %s",
        scale);
    check(
        minimum >= 0 && minimum <= maximum && maximum <= 1,
        "guidance must satisfy 0 <= minimum <= maximum <= 1, got minimum %s and maximum %s",
        minimum,
        maximum);
  }

  /** Guidance of this scale at all times except 0. */
  public static Guidance of(double scale) {
    return new Guidance(scale, 0, 1);
  }

  /** No guidance. */
  public static Guidance none() {
    return of(1);
  }

  /**
   * The same guidance, whose maximum is itself not guided: minimum {@code <} t {@code <} maximum.
   */
  Guidance withoutMaximum() {
    return maximum > minimum ? new Guidance(scale, minimum, Math.nextDown(maximum)) : none();
  }

  /** Whether the step at this time needs the unconditional prediction. */
  public boolean activeAt(double time) {
    return scale != 1 && time > minimum && time <= maximum;
  }
}
