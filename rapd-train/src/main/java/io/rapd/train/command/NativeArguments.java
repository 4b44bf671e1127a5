package io.rapd.train.command;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Arguments as Java decoded them. Java decodes them by the encoding of the locale that is in force
 * and puts {@code ?} or U+FFFD for what that does not hold, so that a prompt changes unnoticed.
 */
final class NativeArguments {
  private NativeArguments() {}

  /**
   * Refuses arguments of which Java has lost a part.
   *
   * @throws IllegalArgumentException that says which and how to pass them
   */
  static void requireWhole(String... arguments) {
    requireWhole(System.getProperty("sun.jnu.encoding"), commandLine(), arguments);
  }

  /**
   * As {@link #requireWhole(String...)}.
   *
   * @param encoding the name of the encoding that Java decoded with, if it tells
   * @param commandLine the bytes of the process's command line; empty where there is no telling
   */
  static void requireWhole(@Nullable String encoding, byte[] commandLine, String... arguments) {
    for (String argument : arguments) {
      if (argument.indexOf('\uFFFD') >= 0 || isCut(argument, encoding, commandLine)) {
        throw new IllegalArgumentException(
            "argument \""
                + argument
                + "\" has lost characters that the encoding "
                + encoding
                + " of the locale in force does not hold; set LC_ALL=C.UTF-8");
      }
    }
  }

  /** A question mark may stand for itself: then it lies in the command line too. */
  private static boolean isCut(String argument, @Nullable String encoding, byte[] commandLine) {
    if (argument.indexOf('?') < 0 || encoding == null || !isAscii(encoding)) {
      return false;
    }
    String given = new String(commandLine, StandardCharsets.ISO_8859_1);
    boolean ascii = given.chars().allMatch(c -> c < 0x80);
    return !ascii && Arrays.stream(given.split("\0")).noneMatch(argument::equals);
  }

  private static boolean isAscii(String encoding) {
    return Charset.isSupported(encoding)
        && Charset.forName(encoding).equals(StandardCharsets.US_ASCII);
  }

  private static byte[] commandLine() {
    try {
      return Files.readAllBytes(Path.of("/proc/self/cmdline"));
    } catch (IOException e) {
      return new byte[0]; // only Linux has this file
    }
  }
}
