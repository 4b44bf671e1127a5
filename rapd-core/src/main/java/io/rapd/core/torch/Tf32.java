package io.rapd.core.torch;

import static io.rapd.core.text.Messages.message;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Whether a GPU may compute float32 products in TF32: 10 bits of mantissa instead of 23, several
 * times faster from compute capability 8.0 on. A CPU has none; there the choice changes nothing.
 *
 * <p>DJL has no call for it. libtorch and NVIDIA's libraries read their environment when they are
 * loaded, so the choice must be made before the engine is.
 */
public enum Tf32 {
  /** As libtorch does: in convolutions, not in matrix products. */
  AUTO("", ""),
  /** In both. */
  ON("TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "1"),
  /** In neither. */
  OFF("NVIDIA_TF32_OVERRIDE", "0");

  /** The system property that chooses: {@code auto}, {@code on} or {@code off}. */
  public static final String PROPERTY = "rapd.tf32";

  private static final List<String> VARIABLES = List.of(ON.variable, OFF.variable);

  private final String variable;
  private final String value;

  Tf32(String variable, String value) {
    this.variable = variable;
    this.value = value;
  }

  /**
   * The choice of a name.
   *
   * @throws IllegalArgumentException unless it is {@code auto}, {@code on} or {@code off}
   */
  public static Tf32 of(String name) {
    for (Tf32 choice : values()) {
      if (choice.label().equals(name)) {
        return choice;
      }
    }
    throw new IllegalArgumentException("tf32 must be auto, on or off, got " + name);
  }

  /** The name: {@code auto}, {@code on} or {@code off}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Makes the choice for this process; of no effect once libtorch is loaded. */
  public void choose() {
    System.setProperty(PROPERTY, label());
  }

  /**
   * Puts the property's choice into the C environment, where the user's has no other.
   *
   * @return what is in force, in words
   */
  static String apply() {
    Tf32 choice = of(System.getProperty(PROPERTY, AUTO.label()));
    for (String variable : VARIABLES) {
      String given = System.getenv(variable);
      if (given != null) {
        return message("%s=%s", variable, given);
      }
    }
    if (choice == AUTO) {
      return "auto (on a GPU: convolutions, no matrix products)";
    }
    Libc libc = libc();
    if (libc == null) {
      return message("auto: %s cannot be set here", choice.variable);
    }
    libc.setenvIfAbsent(choice.variable, choice.value);
    return message("%s (on a GPU), %s=%s by rapd", choice.label(), choice.variable, choice.value);
  }

  private static @Nullable Libc libc() {
    try {
      return Libc.glibc();
    } catch (LinkageError e) {
      return null;
    }
  }
}
