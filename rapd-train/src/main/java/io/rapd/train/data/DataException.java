package io.rapd.train.data;

import static io.rapd.core.text.Messages.message;

import com.google.errorprone.annotations.FormatMethod;
import org.jspecify.annotations.Nullable;

/** A data set cannot be used; the one-line message names the file. */
public final class DataException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public DataException(String message) {
    super(message);
  }

  /** With a formatted message. */
  @FormatMethod
  public DataException(String format, @Nullable Object... values) {
    super(message(format, values));
  }

  public DataException(String message, Throwable cause) {
    super(message, cause);
  }

  /** A file could not be read; the reason is on the same line. */
  static DataException unreadable(String name, Throwable cause) {
    String reason = cause.getMessage();
    String found =
        reason == null
            ? cause.getClass().getSimpleName()
            : cause.getClass().getSimpleName() + ": " + reason.replaceAll("\\s+", " ").strip();
    return new DataException(message("%s: expected a readable file, found %s", name, found), cause);
  }
}
