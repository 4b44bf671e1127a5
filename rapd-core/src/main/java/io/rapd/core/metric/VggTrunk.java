package io.rapd.core.metric;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.nn.TensorSource;
import io.rapd.core.torch.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * torchvision's {@code vgg16().features}, cut where LPIPS taps it: after ReLU 1_2, 2_2, 3_3, 4_3
 * and 5_3. Every slice but the first begins with a 2 x 2 max pool.
 */
final class VggTrunk extends Module {
  /** The indices of the convolutions in {@code features}, by slice. */
  private static final int[][] CONVOLUTIONS = {
    {0, 2}, {5, 7}, {10, 12, 14}, {17, 19, 21}, {24, 26, 28}
  };

  /**
   * ReLU works in place, since the backward pass of a convolution does not need its output. {@code
   * scaled} is the ScalingLayer of LPIPS, from [-1, 1] to the range VGG was trained on.
   */
  private static final String CONVOLUTION =
      """
      def forward(x):
        return torch.relu_(torch.conv2d($input, $layer, [1, 1], [1, 1], [1, 1], 1))
      def scaled(x):
        r, g, b = torch.unbind(x, 1)
        rgb = torch.stack([(r + 0.030) / 0.458, (g + 0.088) / 0.448, (b + 0.188) / 0.450], 1)
        return torch.to(rgb, $dtype)
      def pooled(x):
        return torch.max_pool2d(x, [2, 2], [2, 2], [0, 0], [1, 1], False)
      """;

  private final List<List<ModuleKernel>> slices = new ArrayList<>();

  /**
   * A trunk without values yet.
   *
   * @param widths the channels of each slice; 64, 128, 256, 512, 512 as published
   */
  VggTrunk(List<Integer> widths, Precision precision) {
    int in = 3;
    for (int s = 0; s < CONVOLUTIONS.length; s++) {
      String input = s == 0 ? "scaled(x)" : "pooled(x)";
      List<ModuleKernel> slice = new ArrayList<>();
      for (int number : CONVOLUTIONS[s]) {
        layer(Integer.toString(number), new Shape(widths.get(s), in, 3, 3));
        Map<String, ?> constants =
            Map.of("input", input, "layer", "$" + number, "dtype", precision);
        slice.add(kernel("VggConvolution", CONVOLUTION, constants));
        input = "x";
        in = widths.get(s);
      }
      slices.add(slice);
    }
  }

  /** The channels of each slice, read from the shapes of {@code features.N.weight}. */
  static List<Integer> widths(TensorSource source) {
    List<Integer> widths = new ArrayList<>();
    for (int[] numbers : CONVOLUTIONS) {
      String name = "features." + numbers[0] + ".weight";
      String tensor = source.description() + ": tensor " + name;
      check(
          source.names().contains(name),
          "%s is missing; expected torchvision's vgg16 weights",
          tensor);
      Shape shape = source.shape(name);
      check(
          shape.dimension() == 4 && shape.get(0) >= 1 && shape.get(0) <= 4096,
          "%s must be (out, in, 3, 3), got %s",
          tensor,
          shape);
      widths.add((int) shape.get(0));
    }
    return widths;
  }

  /** The number of slices, 5. */
  int slices() {
    return slices.size();
  }

  /**
   * The features after a slice.
   *
   * @param input for slice 0 images (B, 3, H, W) in [-1, 1], else the features of the slice before
   * @return (B, width, h, w) in the trunk's precision on the manager of {@code input}
   */
  NDArray forward(int slice, NDArray input) {
    NDArray x = input;
    for (ModuleKernel convolution : slices.get(slice)) {
      NDArray next = convolution.call(x);
      if (x != input) {
        x.close();
      }
      x = next;
    }
    return x;
  }
}
