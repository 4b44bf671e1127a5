package io.rapd.train.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SplitTest {
  /** int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % 100 of Python. */
  @Test
  void isThatOfTheHash() {
    assertThat(Split.of("a")).isEqualTo(Split.TRAIN); // 50
    assertThat(Split.of("ä")).isEqualTo(Split.TRAIN); // 32
    assertThat(Split.of("k110")).isEqualTo(Split.TRAIN); // 0
    assertThat(Split.of("k71")).isEqualTo(Split.TRAIN); // 89
    assertThat(Split.of("k83")).isEqualTo(Split.VALIDATION); // 90
    assertThat(Split.of("1f34e")).isEqualTo(Split.VALIDATION); // 94
    assertThat(Split.of("k48")).isEqualTo(Split.TEST); // 95
    assertThat(Split.of("k8")).isEqualTo(Split.TEST); // 99
  }

  @Test
  void everyKeyBelongsToOnePart() {
    int train = 0;
    int validation = 0;
    for (int i = 0; i < 20_000; i++) {
      String key = "key" + i;
      assertThat(Split.ALL.contains(key)).isTrue();
      int parts = 0;
      for (Split part : new Split[] {Split.TRAIN, Split.VALIDATION, Split.TEST}) {
        parts += part.contains(key) ? 1 : 0;
      }
      assertThat(parts).isEqualTo(1);
      train += Split.TRAIN.contains(key) ? 1 : 0;
      validation += Split.VALIDATION.contains(key) ? 1 : 0;
    }
    assertThat(train).isBetween(17_800, 18_200);
    assertThat(validation).isBetween(850, 1_150);
  }
}
