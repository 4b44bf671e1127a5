package io.rapd.core.text;

import com.google.errorprone.annotations.FormatMethod;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Text that does not depend on the default locale: messages, names of files, recorded values. */
public final class Messages {
  private Messages() {}

  /** The formatted text, with the digits and separators of {@link Locale#ROOT}. */
  @FormatMethod
  public static String message(String format, @Nullable Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
