package io.rapd.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class HalfFloatTest {

  @Test
  void everyHalfSurvivesWideningAndNarrowing() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      short half = (short) bits;
      float brain = HalfFloat.fromBFloat16(half);
      float ieee = HalfFloat.fromFloat16(half);
      if (!Float.isNaN(brain)) {
        assertThat(HalfFloat.toBFloat16(brain)).isEqualTo(half);
      }
      if (!Float.isNaN(ieee)) {
        assertThat(HalfFloat.toFloat16(ieee)).isEqualTo(half);
      }
      assertThat(Float.isNaN(ieee)).isEqualTo((bits & 0x7fff) > 0x7c00);
    }
  }

  @Test
  void narrowingTakesTheNearerNeighbourAndTheEvenOneOnTies() {
    Random random = new Random(1);
    for (int bits = 0; bits < 0x7bff; bits++) {
      float low = HalfFloat.fromFloat16((short) bits);
      float high = HalfFloat.fromFloat16((short) (bits + 1));
      float middle = low + (high - low) / 2;
      assertThat(HalfFloat.toFloat16(middle)).isEqualTo((short) (bits + (bits & 1)));
      assertThat(HalfFloat.toFloat16(Math.nextUp(middle))).isEqualTo((short) (bits + 1));
      assertThat(HalfFloat.toFloat16(Math.nextDown(middle))).isEqualTo((short) bits);
      float any = low + (high - low) * random.nextFloat();
      assertThat(HalfFloat.toFloat16(-any)).isEqualTo((short) (HalfFloat.toFloat16(any) | 0x8000));
    }
    for (int bits = 0; bits < 0x7f7f; bits++) {
      int middle = bits << 16 | 0x8000;
      assertThat(HalfFloat.toBFloat16(Float.intBitsToFloat(middle)))
          .isEqualTo((short) (bits + (bits & 1)));
      assertThat(HalfFloat.toBFloat16(Float.intBitsToFloat(middle + 1)))
          .isEqualTo((short) (bits + 1));
      assertThat(HalfFloat.toBFloat16(Float.intBitsToFloat(middle - 1))).isEqualTo((short) bits);
    }
  }

  @Test
  void extremesKeepTheirMeaning() {
    assertThat(HalfFloat.toFloat16(65519f)).isEqualTo((short) 0x7bff);
    assertThat(HalfFloat.toFloat16(65520f)).isEqualTo((short) 0x7c00);
    assertThat(HalfFloat.toFloat16(Float.NEGATIVE_INFINITY)).isEqualTo((short) 0xfc00);
    assertThat(HalfFloat.toBFloat16(Float.MAX_VALUE)).isEqualTo((short) 0x7f80);
    for (int nan : new int[] {0x7fc00000, 0x7f800001, 0xffffffff}) {
      float value = Float.intBitsToFloat(nan);
      assertThat(HalfFloat.fromFloat16(HalfFloat.toFloat16(value))).isNaN();
      assertThat(HalfFloat.fromBFloat16(HalfFloat.toBFloat16(value))).isNaN();
    }
  }
}
