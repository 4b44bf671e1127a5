package io.rapd.nif.teacher;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.TypeName;
import java.util.List;
import java.util.Map;

/** Prepares images (B, 3, H, W) for a vision tower. */
final class TeacherInput {
  private static final String RESIZE =
      """
      def forward(x):
        return torch._upsample_bicubic2d_aa(x, [$height, $width], False, None, None)
      """;

  private static final String NORMALISE =
      """
      def forward(x):
        r, g, b = torch.unbind(x, 1)
        return torch.stack([r * $s0 + $o0, g * $s1 + $o1, b * $s2 + $o2], 1)
      """;

  private TeacherInput() {}

  /** Antialiased bicubic interpolation (a = -0.5) without clipping, on the images' manager. */
  static NDArray resize(NDArray images, long height, long width) {
    return Kernel.of("ResizeImages", RESIZE, Map.of("height", height, "width", width)).call(images);
  }

  /** A kernel that maps [-1, 1] to [0, 1], subtracts the mean and divides by the std. */
  static Kernel normalisation(List<Double> mean, List<Double> std) {
    // (x/2 + 1/2 - mean) / std = x * s + o
    return Kernel.of(
        "NormaliseImages",
        NORMALISE,
        Map.of(
            "s0", 0.5 / std.get(0),
            "s1", 0.5 / std.get(1),
            "s2", 0.5 / std.get(2),
            "o0", (0.5 - mean.get(0)) / std.get(0),
            "o1", (0.5 - mean.get(1)) / std.get(1),
            "o2", (0.5 - mean.get(2)) / std.get(2)));
  }

  /**
   * Checks the images for a tower.
   *
   * @throws IllegalArgumentException unless they are float32 (B, 3, H, W), with H and W positive
   *     multiples of the patch size
   */
  static void requireWholePatches(NDArray images, int patch) {
    Shape shape = images.getShape();
    check(
        images.getDataType() == DataType.FLOAT32
            && shape.dimension() == 4
            && shape.get(0) >= 1
            && shape.get(1) == 3,
        "images must be float32 (B, 3, H, W), got %s %s",
        TypeName.of(images),
        shape);
    check(
        Math.min(shape.get(2), shape.get(3)) >= patch
            && shape.get(2) % patch == 0
            && shape.get(3) % patch == 0,
        "images must have sides that are multiples of the patch size %d, got %s",
        patch,
        shape);
  }
}
