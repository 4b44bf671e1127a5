package io.rapd.core.checkpoint;

import static io.rapd.core.text.Messages.message;

import com.google.errorprone.annotations.FormatMethod;
import org.jspecify.annotations.Nullable;

/**
 * A weights file or folder that cannot be used, or could not be written. The message is one line
 * that names the file, the tensor where there is one, what was expected and what was found.
 */
public final class CheckpointException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public CheckpointException(String message) {
    super(oneLine(message));
  }

  /** With a formatted message. */
  @FormatMethod
  public CheckpointException(String format, @Nullable Object... values) {
    super(oneLine(message(format, values)));
  }

  public CheckpointException(String message, Throwable cause) {
    super(oneLine(message), cause);
  }

  /** Names from a damaged file may hold anything. */
  private static String oneLine(String message) {
    return message.replaceAll("\\p{Cntrl}+", " ");
  }
}
