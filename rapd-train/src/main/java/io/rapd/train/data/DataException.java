package io.rapd.train.data;

/** A data set cannot be used; the one-line message names the file. */
public final class DataException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public DataException(String message) {
    super(message);
  }

  public DataException(String message, Throwable cause) {
    super(message, cause);
  }

  /** A file could not be read; the reason is on the same line. */
  static DataException unreadable(String name, Throwable cause) {
    return new DataException(name + ": expected a readable file, found " + reason(cause), cause);
  }

  /** The class and message of an exception on one line. */
  static String reason(Throwable cause) {
    String message = cause.getMessage();
    String kind = cause.getClass().getSimpleName();
    return message == null ? kind : kind + ": " + message.replaceAll("\\s+", " ").strip();
  }
}
