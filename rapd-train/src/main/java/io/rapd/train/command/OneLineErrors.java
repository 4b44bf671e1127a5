package io.rapd.train.command;

import java.io.UncheckedIOException;
import java.util.concurrent.CancellationException;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * Runs commands and reports errors as one line on standard error. Bad arguments, configurations and
 * files exit with status 2; a run that had to stop (a loss that is not finite) exits with 1. Only a
 * defect of the program prints a stack trace, and exits with 1.
 */
public final class OneLineErrors {
  private OneLineErrors() {}

  /**
   * Runs a picocli command.
   *
   * @param command annotated with {@code @Command}
   * @return the exit status: 0, 1 or 2; 143 or 130 where SIGTERM or Ctrl-C stopped a run
   */
  public static int execute(Object command, String... arguments) {
    StopSignal.enable();
    CommandLine line =
        new CommandLine(command)
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExpandAtFiles(false) // a prompt may begin with @
            .setParameterExceptionHandler(OneLineErrors::badArguments)
            .setExecutionExceptionHandler(OneLineErrors::failed);
    try {
      NativeArguments.requireWhole(arguments);
      return line.execute(arguments);
    } catch (IllegalArgumentException e) {
      line.getErr().println(line.getCommandSpec().qualifiedName() + ": " + oneLine(e));
      return 2;
    } catch (LinkageError | OutOfMemoryError e) {
      line.getErr().println(line.getCommandSpec().qualifiedName() + ": " + environment(e));
      return 1;
    }
  }

  /** What to change in the environment for an error that the virtual machine reports. */
  private static String environment(Error e) {
    return e instanceof OutOfMemoryError
        ? "out of memory: "
            + oneLine(e)
            + "; allow more with the Java option -Xmx, by RAPD_JAVA_OPTS for scripts/rapd"
        : "a native library or class cannot be loaded: "
            + oneLine(e)
            + "; name folders that are writable and not mounted noexec with DJL_CACHE_DIR and"
            + " -Djava.io.tmpdir";
  }

  private static int badArguments(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + oneLine(e) + "; see " + name + " --help");
    return 2;
  }

  private static int failed(Exception e, CommandLine command, ParseResult result) throws Exception {
    int status =
        e instanceof IllegalArgumentException || e instanceof UncheckedIOException
            ? 2
            : e instanceof IllegalStateException || e instanceof CancellationException ? 1 : 0;
    if (status == 0) {
      throw e;
    }
    command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + oneLine(e));
    return e instanceof StoppedException stopped ? stopped.status() : status;
  }

  private static String oneLine(Throwable e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return message.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
