package io.rapd.cli;

import io.rapd.train.command.OneLineErrors;
import io.rapd.train.stage1.TrainStage1;
import io.rapd.train.stage2.TrainStage2;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code rapd}. */
@Command(
    name = "rapd",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    versionProvider = Rapd.Version.class,
    description = "Resolution-agnostic pixel diffusion: one image field, images of any size.",
    subcommands = {
      Demo.class,
      TrainStage1.class,
      TrainStage2.class,
      Status.class,
      Export.class,
      Statistics.class,
      Prepare.class,
      ImportPixelGen.class,
      Generate.class,
      Reconstruct.class,
      Upscale.class,
      Evaluate.class,
      Bench.class,
      View.class,
      Info.class,
      HelpCommand.class
    })
public final class Rapd implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  /** Runs a sub-command and exits with its status. */
  public static void main(String[] arguments) {
    System.exit(OneLineErrors.execute(new Rapd(), arguments));
  }

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "expected a command, got none");
  }

  /** From the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Rapd.class.getPackage().getImplementationVersion();
      return new String[] {"rapd " + Objects.requireNonNullElse(version, "development")};
    }
  }
}
