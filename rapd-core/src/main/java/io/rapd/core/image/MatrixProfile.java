package io.rapd.core.image;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * ICC profiles for the gAMA and cHRM chunks of PNG files: a power law and the chromaticities of
 * white, red, green and blue.
 */
final class MatrixProfile {
  /** White, red, green and blue of sRGB (x, y) in the unit of cHRM. */
  private static final int[] SRGB = {31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000};

  private static final double UNIT = 100_000;

  /** Closer to 1 / 2.2 than 5 % is sRGB's own curve, as in libpng. */
  private static final double GAMMA_TOLERANCE = 0.05;

  private static final int CHROMATICITY_TOLERANCE = 1000;
  private static final double[] D50 = {0.9642, 1, 0.8249};

  /** Bradford's matrix from XYZ to the responses of the cones. */
  private static final double[][] CONES = {
    {0.8951, 0.2664, -0.1614}, {-0.7502, 1.7135, 0.0367}, {0.0389, -0.0685, 1.0296}
  };

  private MatrixProfile() {}

  /**
   * The profile, or null for sRGB and for values that no image has.
   *
   * @param grey whether the samples are grey, to which white alone applies
   */
  static byte @Nullable [] of(
      FileBlock gamma,
      @Nullable FileBlock chromaticities,
      boolean grey,
      Consumer<String> warnings) {
    double exponent = gamma.length() == 4 ? gamma.buffer().getInt() / UNIT : 0;
    int[] xy = SRGB.clone();
    boolean valid = exponent >= 0.1 && exponent <= 10;
    if (chromaticities != null && chromaticities.length() == 32) {
      chromaticities.buffer().asIntBuffer().get(xy);
    } else if (chromaticities != null) {
      valid = false;
    }
    boolean srgb = Math.abs(exponent * 2.2 - 1) < GAMMA_TOLERANCE;
    for (int i = 0; i < xy.length; i++) {
      srgb &= Math.abs(xy[i] - SRGB[i]) <= CHROMATICITY_TOLERANCE;
      valid &= xy[i] >= 0 && xy[i] <= UNIT && (i % 2 == 0 || xy[i] > 0);
    }
    double @Nullable [][] colorants = valid && !srgb ? colorants(xy) : null;
    if (!srgb && colorants == null) {
      warnings.accept("the gAMA or cHRM chunk is out of range; colours are read as sRGB");
    }
    return colorants == null ? null : profile(colorants, grey, 1 / exponent);
  }

  /** XYZ of red, green and blue (columns), adapted to D50; null for colours on one line. */
  private static double @Nullable [][] colorants(int[] xy) {
    double[] white = xyz(xy, 0);
    double[][] primaries = new double[3][3];
    for (int i = 0; i < 3; i++) {
      double[] primary = xyz(xy, i + 1);
      for (int row = 0; row < 3; row++) {
        primaries[row][i] = primary[row];
      }
    }
    if (Math.abs(determinant(primaries)) < 1e-3) {
      return null;
    }
    double[] scale = solve(primaries, white);
    double[] coneScale = new double[3];
    for (int i = 0; i < 3; i++) {
      coneScale[i] = times(CONES, D50)[i] / times(CONES, white)[i];
    }
    double[][] adapted = new double[3][];
    for (int i = 0; i < 3; i++) {
      double[] primary = new double[3];
      for (int row = 0; row < 3; row++) {
        primary[row] = primaries[row][i] * scale[i];
      }
      double[] cones = times(CONES, primary);
      for (int row = 0; row < 3; row++) {
        cones[row] *= coneScale[row];
      }
      adapted[i] = solve(CONES, cones);
    }
    return adapted;
  }

  private static double[] xyz(int[] xy, int color) {
    double x = xy[2 * color] / UNIT;
    double y = xy[2 * color + 1] / UNIT;
    return new double[] {x / y, 1, (1 - x - y) / y};
  }

  private static double[] times(double[][] matrix, double[] vector) {
    double[] product = new double[3];
    for (int row = 0; row < 3; row++) {
      for (int k = 0; k < 3; k++) {
        product[row] += matrix[row][k] * vector[k];
      }
    }
    return product;
  }

  /** Cramer's rule. */
  private static double[] solve(double[][] matrix, double[] vector) {
    double[] solution = new double[3];
    for (int column = 0; column < 3; column++) {
      double[][] replaced = {matrix[0].clone(), matrix[1].clone(), matrix[2].clone()};
      for (int row = 0; row < 3; row++) {
        replaced[row][column] = vector[row];
      }
      solution[column] = determinant(replaced) / determinant(matrix);
    }
    return solution;
  }

  private static double determinant(double[][] m) {
    return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
        - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
  }

  /** A profile of version 2.2: a curve, and for RGB a matrix (ICC.1:2001-04). */
  private static byte[] profile(double[][] colorants, boolean grey, double exponent) {
    String[] tags =
        grey
            ? new String[] {"wtpt", "kTRC"}
            : new String[] {"wtpt", "rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"};
    double[][] values =
        grey
            ? new double[][] {D50}
            : new double[][] {D50, colorants[0], colorants[1], colorants[2]};
    int curve = 132 + 12 * tags.length + 20 * values.length;
    ByteBuffer bytes = ByteBuffer.allocate(curve + 16);
    bytes.putInt(bytes.capacity()).putInt(0).putInt(0x02200000);
    put(put(bytes, "mntr"), grey ? "GRAYXYZ " : "RGB XYZ ").position(36);
    put(bytes, "acsp").position(68);
    xyz(bytes, D50).position(128);
    bytes.putInt(tags.length);
    for (int i = 0; i < tags.length; i++) {
      boolean colorant = i < values.length;
      put(bytes, tags[i]).putInt(colorant ? curve - 20 * (values.length - i) : curve);
      bytes.putInt(colorant ? 20 : 14);
    }
    for (double[] value : values) {
      xyz(put(bytes, "XYZ ").putInt(0), value);
    }
    put(bytes, "curv").putInt(0).putInt(1).putShort((short) Math.round(exponent * 256));
    return bytes.array();
  }

  private static ByteBuffer xyz(ByteBuffer bytes, double[] value) {
    for (double component : value) {
      bytes.putInt((int) Math.round(component * 65536));
    }
    return bytes;
  }

  private static ByteBuffer put(ByteBuffer bytes, String text) {
    return bytes.put(text.getBytes(StandardCharsets.US_ASCII));
  }
}
