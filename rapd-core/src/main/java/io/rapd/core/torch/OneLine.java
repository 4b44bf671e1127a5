package io.rapd.core.torch;

/** Messages of native loaders, which are long or empty, as one line. */
final class OneLine {
  private OneLine() {}

  /** The message of the innermost cause, or its class where it has none. */
  static String of(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    return message == null || message.isBlank()
        ? cause.getClass().getSimpleName()
        : message.strip().replaceAll("\\s*\\R\\s*", " ");
  }
}
