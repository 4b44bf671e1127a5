package io.rapd.core.torch;

import ai.djl.ndarray.NDArray;
import java.util.Locale;

/** The type of an array in messages: DJL's own text of it depends on the default locale. */
public final class TypeName {
  private TypeName() {}

  /** Such as {@code float32}. */
  public static String of(NDArray array) {
    return array.getDataType().name().toLowerCase(Locale.ROOT);
  }
}
