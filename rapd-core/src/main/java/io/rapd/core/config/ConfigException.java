package io.rapd.core.config;

import static io.rapd.core.text.Messages.message;

import com.google.errorprone.annotations.FormatMethod;
import org.jspecify.annotations.Nullable;

/** A configuration that cannot be used; the message names file, field, expected and found. */
public final class ConfigException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** With a one-line message. */
  public ConfigException(String message) {
    super(message);
  }

  /** With a formatted message. */
  @FormatMethod
  public ConfigException(String format, @Nullable Object... values) {
    super(message(format, values));
  }
}
