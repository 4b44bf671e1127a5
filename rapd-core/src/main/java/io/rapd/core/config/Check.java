package io.rapd.core.config;

import com.google.errorprone.annotations.FormatMethod;
import io.rapd.core.text.Messages;
import org.jspecify.annotations.Nullable;

/** Checks of arguments and configuration values. */
public final class Check {
  private Check() {}

  /**
   * Throws unless the condition holds.
   *
   * @param message a format string that names the field, what was expected and what was found
   * @throws IllegalArgumentException with the formatted message
   */
  @FormatMethod
  public static void check(boolean condition, String message, @Nullable Object... values) {
    if (!condition) {
      throw new IllegalArgumentException(Messages.message(message, values));
    }
  }
}
