package io.rapd.nif.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.util.Map;

/** EDSR's residual block: x + scale * conv(ReLU(conv(x))), 3x3, without normalisation. */
final class ResidualBlock extends Module {
  private static final String SOURCE =
      """
      def forward(self, x: Tensor, w0: Tensor, b0: Tensor, w2: Tensor, b2: Tensor) -> Tensor:
        h = torch.conv2d(torch.to(x, $dtype), torch.to(w0, $dtype), torch.to(b0, $dtype), [1, 1], [1, 1])
        h = torch.conv2d(torch.relu(h), torch.to(w2, $dtype), torch.to(b2, $dtype), [1, 1], [1, 1])
        return torch.add(x, h, alpha=$scale)
      """;

  private final Parameter weight0;
  private final Parameter bias0;
  private final Parameter weight2;
  private final Parameter bias2;
  private final Kernel kernel;

  ResidualBlock(int channels, double residualScale, Precision precision) {
    Shape weight = EdsrEncoder.kernel3(channels, channels);
    Initializer bias = Initializer.torchDefaultBias(9L * channels);
    weight0 = parameter("body.0.weight", weight, Initializer.torchDefault());
    bias0 = parameter("body.0.bias", new Shape(channels), bias);
    weight2 = parameter("body.2.weight", weight, Initializer.torchDefault());
    bias2 = parameter("body.2.bias", new Shape(channels), bias);
    kernel =
        Kernel.of("EdsrResidualBlock", SOURCE, Map.of("scale", residualScale, "dtype", precision));
  }

  /** (B, C, H, W) to the same, float32. */
  NDArray forward(NDArray x) {
    return kernel.call(x, weight0.value(), bias0.value(), weight2.value(), bias2.value());
  }
}
