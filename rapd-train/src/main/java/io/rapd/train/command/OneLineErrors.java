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
   * @return the exit status: 0, 1 or 2
   */
  public static int execute(Object command, String... arguments) {
    return new CommandLine(command)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExpandAtFiles(false) // a prompt may begin with @
        .setParameterExceptionHandler(OneLineErrors::badArguments)
        .setExecutionExceptionHandler(OneLineErrors::failed)
        .execute(arguments);
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
    return status;
  }

  private static String oneLine(Exception e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return message.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
