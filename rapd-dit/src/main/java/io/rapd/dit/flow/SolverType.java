package io.rapd.dit.flow;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The solvers, by the names that configurations and commands use. */
public enum SolverType {
  /** Euler's method: order 1, one evaluation of the network per step. */
  EULER,
  /** Heun's method: order 2, two evaluations per step except the last. */
  HEUN,
  /** Adams-Bashforth: order 2, one evaluation per step. */
  ADAMS2,
  /** Adams-Bashforth: order 3, one evaluation per step. */
  ADAMS3;

  /** The solver itself. */
  public Solver solver() {
    return switch (this) {
      case EULER -> new EulerSolver();
      case HEUN -> new HeunSolver();
      case ADAMS2 -> new AdamsBashforthSolver(2);
      case ADAMS3 -> new AdamsBashforthSolver(3);
    };
  }

  /**
   * The guidance that this solver's sampler applies: PixelGen's Adams sampler does not guide the
   * maximum itself, its Euler sampler does.
   */
  Guidance effective(Guidance guidance) {
    return this == ADAMS2 || this == ADAMS3 ? guidance.withoutMaximum() : guidance;
  }

  /** The name: {@code euler}, {@code heun}, {@code adams2} or {@code adams3}. */
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
