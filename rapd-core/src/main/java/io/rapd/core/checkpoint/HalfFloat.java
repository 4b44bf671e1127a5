package io.rapd.core.checkpoint;

import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * Conversion between float32 and the two 16-bit formats. Widening is exact; narrowing rounds to
 * nearest, ties to even, and keeps infinities and NaN. Buffers are converted in blocks, which the
 * compiler can vectorise.
 */
final class HalfFloat {
  private static final int BLOCK = 4096;

  private HalfFloat() {}

  /** The upper 16 bits of a float32, rounded. */
  static short toBFloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40); // quiet, so that no payload becomes an infinity
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  static float fromBFloat16(short half) {
    return Float.intBitsToFloat(half << 16);
  }

  /** IEEE binary16: 5 bits of exponent, 10 of mantissa; 65520 and above become infinite. */
  static short toFloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    if (Float.isNaN(value)) {
      return (short) (sign | 0x7e00 | ((bits >>> 13) & 0x3ff));
    }
    float magnitude = Math.abs(value);
    if (magnitude >= 65520f) {
      return (short) (sign | 0x7c00);
    }
    if (magnitude < 0x1p-14f) {
      // Subnormal: the spacing is 2^-24, and Math.rint rounds ties to even.
      return (short) (sign | (int) Math.rint((double) magnitude * 0x1p24));
    }
    int rebased = (bits & 0x7fffffff) - (112 << 23);
    return (short) (sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13));
  }

  static float fromFloat16(short half) {
    int shifted = (half & 0x7fff) << 13;
    int exponent = shifted & 0x0f800000;
    int magnitude =
        exponent == 0x0f800000
            ? shifted | 0x7f800000
            : Float.floatToRawIntBits(Float.intBitsToFloat(shifted) * 0x1p112f);
    return Float.intBitsToFloat(magnitude | (half & 0x8000) << 16);
  }

  /**
   * Widens all that remains of {@code source}.
   *
   * @param type of the source, BF16 or F16
   */
  static void widen(ShortBuffer source, TensorType type, FloatBuffer target) {
    short[] halves = new short[BLOCK];
    float[] floats = new float[BLOCK];
    while (source.hasRemaining()) {
      int count = Math.min(BLOCK, source.remaining());
      source.get(halves, 0, count);
      widen(halves, type, floats, count);
      target.put(floats, 0, count);
    }
  }

  private static void widen(short[] halves, TensorType type, float[] floats, int count) {
    if (type == TensorType.BF16) {
      for (int i = 0; i < count; i++) {
        floats[i] = fromBFloat16(halves[i]);
      }
    } else {
      for (int i = 0; i < count; i++) {
        floats[i] = fromFloat16(halves[i]);
      }
    }
  }

  /**
   * Rounds all that remains of {@code source}.
   *
   * @param type of the target, BF16 or F16
   */
  static void narrow(FloatBuffer source, TensorType type, ShortBuffer target) {
    float[] floats = new float[BLOCK];
    short[] halves = new short[BLOCK];
    while (source.hasRemaining()) {
      int count = Math.min(BLOCK, source.remaining());
      source.get(floats, 0, count);
      if (type == TensorType.BF16) {
        for (int i = 0; i < count; i++) {
          halves[i] = toBFloat16(floats[i]);
        }
      } else {
        for (int i = 0; i < count; i++) {
          halves[i] = toFloat16(floats[i]);
        }
      }
      target.put(halves, 0, count);
    }
  }

  static void float16ToBFloat16(ShortBuffer source, ShortBuffer target) {
    short[] halves = new short[BLOCK];
    while (source.hasRemaining()) {
      int count = Math.min(BLOCK, source.remaining());
      source.get(halves, 0, count);
      for (int i = 0; i < count; i++) {
        halves[i] = toBFloat16(fromFloat16(halves[i]));
      }
      target.put(halves, 0, count);
    }
  }
}
