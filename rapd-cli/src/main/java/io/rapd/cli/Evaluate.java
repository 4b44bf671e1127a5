package io.rapd.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code rapd evaluate}. */
@Command(
    name = "evaluate",
    description = "Measures models as the paper does.",
    subcommands = {
      EvaluateReconstruction.class,
      EvaluateGeneration.class,
      EvaluateFrechet.class,
      EvaluateProbe.class,
      EvaluateGenEval.class,
      EvaluateGenEval.Scores.class,
      EvaluateDpg.class,
      EvaluateDpg.Scores.class
    })
final class Evaluate implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "expected what to evaluate, got nothing");
  }
}
