package io.rapd.core.image;

import static io.rapd.core.text.Messages.message;

import com.google.errorprone.annotations.FormatMethod;
import org.jspecify.annotations.Nullable;

/** An image file that cannot be read or written; the message is one line that names the file. */
public final class ImageFileException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** An error found here. */
  public ImageFileException(String message) {
    super(message);
  }

  /** With a formatted message. */
  @FormatMethod
  public ImageFileException(String format, @Nullable Object... values) {
    super(message(format, values));
  }

  /** An error that another exception caused. */
  public ImageFileException(String message, Throwable cause) {
    super(message, cause);
  }

  /** A file that is not as expected, because of {@code cause}. */
  static ImageFileException of(String file, String expected, Throwable cause) {
    return new ImageFileException(
        file + ": expected " + expected + ", found " + oneLine(cause), cause);
  }

  /** The first cause: the exceptions around it say less ("I/O error writing PNG file!"). */
  private static String oneLine(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    String name = cause.getClass().getSimpleName();
    return message == null ? name : name + ": " + message.replaceAll("\\s+", " ").strip();
  }
}
