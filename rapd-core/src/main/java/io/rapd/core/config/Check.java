package io.rapd.core.config;

import com.google.errorprone.annotations.FormatMethod;

/** Validation of configuration records. */
public final class Check {
  private Check() {}

  /**
   * Fails unless the condition holds.
   *
   * @param message a format that names the field, what was expected and what was found
   * @throws IllegalArgumentException with the formatted message
   */
  @FormatMethod
  public static void check(boolean condition, String message, Object... values) {
    if (!condition) {
      throw new IllegalArgumentException(message.formatted(values));
    }
  }
}
