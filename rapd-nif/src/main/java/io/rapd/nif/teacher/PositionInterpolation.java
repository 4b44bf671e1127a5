package io.rapd.nif.teacher;

import java.util.Locale;

/**
 * How a learned position table of M x M patches is resized for an image of (h, w) patches. Both
 * rules are bicubic (a = -0.75) and differ in the source coordinates. For an image of M x M patches
 * the table is used as stored.
 *
 * <p>For models with register tokens both publishers use the same rule, and the choice is ignored.
 */
public enum PositionInterpolation {
  /** The original DINOv2 repository: scale factor (h + 0.1) / M (interpolate_offset = 0.1). */
  ORIGINAL(
      """
      torch.upsample_bicubic2d(grid, [height, width], False, \
      (float(height) + 0.1) / $side., (float(width) + 0.1) / $side.)"""),

  /** Hugging Face Transformers: scale factor h / M. */
  HUGGING_FACE("torch.upsample_bicubic2d(grid, [height, width], False, None, None)");

  /**
   * Antialiased (a = -0.5), scale factor h / M: the rule of both publishers for models with
   * register tokens.
   */
  private static final String ANTIALIASED =
      "torch._upsample_bicubic2d_aa(grid, [height, width], False, None, None)";

  /**
   * The kernel method {@code positions(table, height, width)}: resizes a table (1 + M*M, D), whose
   * first row belongs to the class token and is kept, to (1 + height*width, D). {@code $side} is M.
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

  /** The value of {@code $resized} in {@link #METHOD}. */
  String resized(boolean antialiased) {
    return antialiased ? ANTIALIASED : expression;
  }

  /** The name in configurations: {@code original} or {@code hugging_face}. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
