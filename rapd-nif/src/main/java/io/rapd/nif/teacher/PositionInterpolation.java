package io.rapd.nif.teacher;

import java.util.Locale;

/**
 * How a learned position table of M x M patches is resized to an image of (h, w) patches. Both
 * rules are bicubic (a = -0.75); they differ in where the source coordinates lie. The table is used
 * as stored where the image has M x M patches.
 *
 * <p>For models with register tokens the publishers have one rule, and the choice does not count.
 */
public enum PositionInterpolation {
  /** The original DINOv2 repository: scale factor (h + 0.1) / M, that is interpolate_offset 0.1. */
  ORIGINAL(
      """
      torch.upsample_bicubic2d(grid, [height, width], False, \
      (float(height) + 0.1) / $side., (float(width) + 0.1) / $side.)"""),

  /** Hugging Face Transformers: by output size, scale factor h / M. */
  HUGGING_FACE("torch.upsample_bicubic2d(grid, [height, width], False, None, None)");

  /**
   * By output size with antialiasing (a = -0.5): what both repositories do in models with register
   * tokens.
   */
  private static final String ANTIALIASED =
      "torch._upsample_bicubic2d_aa(grid, [height, width], False, None, None)";

  /**
   * The kernel method {@code positions(table, height, width)}: a table (1 + M*M, D), class row
   * first, to (1 + height*width, D). The class row is never interpolated. {@code $side} is M.
   */
  static final String METHOD =
      """
      def positions(table, height: int, width: int):
        if height == $side and width == $side:
          resized = table
        else:
          patches = torch.reshape(torch.slice(table, 0, 1), [1, $side, $side, -1])
          grid = torch.to(torch.permute(patches, [0, 3, 1, 2]), $float32)
          sized = torch.permute($resized, [0, 2, 3, 1])
          flat = torch.reshape(sized, [height * width, -1])
          resized = torch.cat([torch.to(torch.slice(table, 0, 0, 1), $float32), flat], 0)
        return torch.to(resized, $dtype)
      """;

  private final String expression;

  PositionInterpolation(String expression) {
    this.expression = expression;
  }

  /** What {@link #METHOD} needs as {@code $resized}. */
  String resized(boolean antialiased) {
    return antialiased ? ANTIALIASED : expression;
  }

  /** The name in configurations: {@code original} or {@code hugging_face}. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
