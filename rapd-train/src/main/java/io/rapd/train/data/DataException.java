package io.rapd.train.data;

/** A data set that cannot be used; the message is one line that names the file. */
public final class DataException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** A failure without another exception behind it. */
  public DataException(String message) {
    super(message);
  }

  /** A failure that another exception tells more of. */
  public DataException(String message, Throwable cause) {
    super(message, cause);
  }

  /** A file that could not be read, with the reason on the same line. */
  static DataException unreadable(String name, Throwable cause) {
    String reason = cause.getMessage();
    String found =
        reason == null
            ? cause.getClass().getSimpleName()
            : cause.getClass().getSimpleName() + ": " + reason.replaceAll("\\s+", " ").strip();
    return new DataException(
        "%s: expected a readable file, found %s".formatted(name, found), cause);
  }
}
