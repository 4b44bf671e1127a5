package io.rapd.nif.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.torch.Precision;
import java.util.Map;

/** EDSR's residual block: x + scale * conv(ReLU(conv(x))), 3x3, without normalisation. */
final class ResidualBlock extends Module {
  private static final String SOURCE =
      """
      def forward(x):
        h = torch.relu(torch.conv2d(torch.to(x, $dtype), $body.0, [1, 1], [1, 1]))
        h = torch.conv2d(h, $body.2, [1, 1], [1, 1])
        return torch.add(x, h, alpha=$scale)
      """;

  private final ModuleKernel kernel;

  ResidualBlock(int channels, double residualScale, Precision precision) {
    layer("body.0", new Shape(channels, channels, 3, 3));
    layer("body.2", new Shape(channels, channels, 3, 3));
    kernel =
        kernel("EdsrResidualBlock", SOURCE, Map.of("scale", residualScale, "dtype", precision));
  }

  /** Maps (B, C, H, W) to the same shape, float32. */
  NDArray forward(NDArray x) {
    return kernel.call(x);
  }
}
