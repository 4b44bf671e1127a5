package io.rapd.cli;

import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import io.rapd.core.config.ConfigException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.PicocliException;

/**
 * Prints the size of the Java heap that a command of {@code rapd} needs, such as {@code 2048m}, for
 * the launcher. Loads no native library. Where the arguments are wrong it prints the default, and
 * the command itself says what is wrong.
 */
public final class HeapSize {
  private static final String DEFAULT = "2048m";

  /** The options that tell the size; all others are left to the command. */
  @Command
  private static final class Arguments {
    @Option(names = "--config")
    private @Nullable Path config;

    @Option(names = "--set")
    private List<String> overrides = new ArrayList<>();
  }

  private HeapSize() {}

  /** The arguments are those of {@code rapd}. */
  public static void main(String... arguments) {
    System.out.println(of(arguments));
  }

  static String of(String... arguments) {
    Arguments found = new Arguments();
    try {
      new CommandLine(found)
          .setUnmatchedArgumentsAllowed(true)
          .setUnmatchedOptionsArePositionalParams(true)
          .setExpandAtFiles(false)
          .parseArgs(arguments);
      Path file = found.config;
      found.overrides.add("precision=float32"); // auto would ask the driver; the heap is the same
      return file == null
          ? DEFAULT
          : message(
              "%dm",
              new StageFile(file, found.overrides).read().plan(Device.gpu()).heapLimit() >> 20);
    } catch (PicocliException | ConfigException e) {
      return DEFAULT;
    }
  }
}
