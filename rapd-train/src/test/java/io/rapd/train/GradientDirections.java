package io.rapd.train;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Whether gradients in bfloat16 point where those in float32 do. */
public final class GradientDirections {
  private GradientDirections() {}

  /** Fails unless nine of ten parameters' gradients, and all together, have a cosine over 0.99. */
  public static void assertAgree(Map<String, float[]> rounded, Map<String, float[]> exact) {
    assertThat(rounded.keySet()).isEqualTo(exact.keySet());
    List<String> astray = new ArrayList<>();
    double product = 0;
    double roundedSquares = 0;
    double exactSquares = 0;
    for (String name : exact.keySet()) {
      double p = dot(rounded.get(name), exact.get(name));
      double r = dot(rounded.get(name), rounded.get(name));
      double e = dot(exact.get(name), exact.get(name));
      product += p;
      roundedSquares += r;
      exactSquares += e;
      if (e == 0 ? r != 0 : p / Math.sqrt(r * e) < 0.99) {
        astray.add(message("%s: %.4f", name, p / Math.sqrt(r * e)));
      }
    }
    assertThat(product / Math.sqrt(roundedSquares * exactSquares)).isGreaterThan(0.99);
    assertThat(astray).hasSizeLessThanOrEqualTo(exact.size() / 10);
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
