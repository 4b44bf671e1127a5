package io.rapd.core.image;

/** An image file that cannot be read or written; the message is one line that names the file. */
public final class ImageFileException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** A failure without another exception behind it. */
  public ImageFileException(String message) {
    super(message);
  }

  /** A failure that another exception tells more of. */
  public ImageFileException(String message, Throwable cause) {
    super(message, cause);
  }

  /** What went wrong, on one line, even where the exception itself has no message. */
  static String oneLine(Throwable cause) {
    String message = cause.getMessage();
    String name = cause.getClass().getSimpleName();
    return message == null ? name : name + ": " + message.replaceAll("\\s+", " ").strip();
  }
}
