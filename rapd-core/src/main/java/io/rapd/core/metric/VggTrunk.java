package io.rapd.core.metric;

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
 * and 5_3. Each slice is a kernel; all but the first begin with a 2 x 2 max pool.
 */
final class VggTrunk extends Module {
  /** The numbers of the convolutions in {@code features}, by slice. */
  private static final int[][] CONVOLUTIONS = {
    {0, 2}, {5, 7}, {10, 12, 14}, {17, 19, 21}, {24, 26, 28}
  };

  /** The ScalingLayer of LPIPS: from [-1, 1] to what VGG was trained on. */
  private static final String SCALED =
      """
        r, g, b = torch.unbind(x, 1)
        scaled = torch.stack([(r + 0.030) / 0.458, (g + 0.088) / 0.448, (b + 0.188) / 0.450], 1)
        x = torch.to(scaled, $dtype)
      """;

  private static final String POOLED =
      """
        x = torch.max_pool2d(x, [2, 2], [2, 2], [0, 0], [1, 1], False)
      """;

  /** ReLU in place: the convolution's backward pass does not need its own output. */
  private static final String CONVOLUTION =
      """
        x = torch.relu_(torch.conv2d(x, $NUMBER, [1, 1], [1, 1], [1, 1], 1))
      """;

  private final List<ModuleKernel> slices = new ArrayList<>();

  /**
   * A trunk without values yet.
   *
   * @param widths the channels of each slice; 64, 128, 256, 512, 512 as published
   */
  VggTrunk(List<Integer> widths, Precision precision) {
    int in = 3;
    for (int s = 0; s < CONVOLUTIONS.length; s++) {
      int out = widths.get(s);
      StringBuilder text = new StringBuilder("def forward(x):\n");
      text.append(s == 0 ? SCALED : POOLED);
      for (int number : CONVOLUTIONS[s]) {
        layer(Integer.toString(number), new Shape(out, in, 3, 3));
        text.append(CONVOLUTION.replace("NUMBER", Integer.toString(number)));
        in = out;
      }
      text.append("  return x\n");
      slices.add(kernel("VggSlice", text.toString(), Map.of("dtype", precision)));
    }
  }

  /** The channels of each slice, read from the shapes of {@code features.N.weight}. */
  static List<Integer> widths(TensorSource source) {
    List<Integer> widths = new ArrayList<>();
    for (int[] numbers : CONVOLUTIONS) {
      String name = "features." + numbers[0] + ".weight";
      if (!source.names().contains(name)) {
        throw new IllegalArgumentException(
            source.description()
                + ": tensor "
                + name
                + " is missing; expected torchvision's vgg16 weights");
      }
      Shape shape = source.shape(name);
      if (shape.dimension() != 4 || shape.get(0) < 1 || shape.get(0) > 4096) {
        throw new IllegalArgumentException(
            source.description() + ": tensor " + name + " must be (out, in, 3, 3), got " + shape);
      }
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
   * @param input images (B, 3, H, W) in [-1, 1] for slice 0, else the features of the slice before
   * @return (B, width, h, w) in the trunk's precision on the manager of {@code input}
   */
  NDArray forward(int slice, NDArray input) {
    return slices.get(slice).call(input);
  }
}
