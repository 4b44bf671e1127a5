package io.rapd.view;

import static io.rapd.core.text.Messages.message;

import com.google.errorprone.annotations.FormatMethod;
import org.jspecify.annotations.Nullable;

/** A request that is answered with an error status and a reason. */
final class Refusal extends RuntimeException {
  private final int status;

  @FormatMethod
  Refusal(int status, String format, @Nullable Object... values) {
    super(message(format, values), null, false, false);
    this.status = status;
  }

  int status() {
    return status;
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
