package io.rapd.core.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class TypeNameTest {
  @Test
  void theNameDoesNotDependOnTheLocale() {
    Locale before = Locale.getDefault();
    try (NDManager manager = NDManager.newBaseManager();
        NDArray longs = manager.create(new long[] {3})) {
      Locale.setDefault(Locale.forLanguageTag("tr-TR")); // where i has a dot in upper case too
      assertThat(TypeName.of(longs)).isEqualTo("int64");
    } finally {
      Locale.setDefault(before);
    }
  }
}
