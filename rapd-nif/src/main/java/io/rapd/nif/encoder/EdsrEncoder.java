package io.rapd.nif.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * EDSR without upsampling: a 3x3 convolution, residual blocks, a 3x3 convolution, plus the first
 * one's output. Neither normalisation nor downsampling. Mirrors LIIF's {@code
 * make_edsr_baseline(no_upsampling=True)} with its parameter names.
 */
public final class EdsrEncoder extends Module {
  private static final String CONV =
      """
      def forward(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        y = torch.conv2d(torch.to(x, $dtype), torch.to(w, $dtype), torch.to(b, $dtype), [1, 1], [1, 1])
        return torch.to(y, 6)
      """;

  private final EncoderConfig config;
  private final Parameter headWeight;
  private final Parameter headBias;
  private final List<ResidualBlock> blocks = new ArrayList<>();
  private final Parameter lastWeight;
  private final Parameter lastBias;
  private final Kernel conv;

  /** An encoder without values yet, whose convolutions compute in that precision. */
  public EdsrEncoder(EncoderConfig config, Precision precision) {
    this.config = config;
    int channels = config.channels();
    Shape bias = new Shape(channels);
    headWeight = parameter("head.0.weight", kernel3(channels, 3), Initializer.torchDefault());
    headBias = parameter("head.0.bias", bias, Initializer.torchDefaultBias(27));
    for (int i = 0; i < config.blocks(); i++) {
      blocks.add(
          child("body." + i, new ResidualBlock(channels, config.residualScale(), precision)));
    }
    String last = "body." + config.blocks();
    lastWeight =
        parameter(last + ".weight", kernel3(channels, channels), Initializer.torchDefault());
    lastBias = parameter(last + ".bias", bias, Initializer.torchDefaultBias(9L * channels));
    conv = Kernel.of("Conv3x3", CONV, Map.of("dtype", precision));
  }

  static Shape kernel3(int out, int in) {
    return new Shape(out, in, 3, 3);
  }

  /** The latent's channels, C. */
  public int channels() {
    return config.channels();
  }

  /**
   * Encodes.
   *
   * @param image (B, 3, H, W) in [-1, 1]
   * @return the latent (B, C, H, W), float32
   */
  public NDArray forward(NDArray image) {
    return last(beforeLast(image));
  }

  /**
   * The two inputs of {@link #last}, so that the adaptive weight can push gradients through the
   * last convolution alone.
   */
  public BeforeLast beforeLast(NDArray image) {
    Shape shape = image.getShape();
    if (shape.dimension() != 4 || shape.get(1) != 3) {
      throw new IllegalArgumentException("image must be (B, 3, H, W), got " + shape);
    }
    NDArray head = conv.call(image, headWeight.value(), headBias.value()); // (B, C, H, W)
    NDArray body = head;
    for (ResidualBlock block : blocks) {
      body = block.forward(body); // (B, C, H, W)
    }
    return new BeforeLast(head, body);
  }

  /** The last convolution and the long skip: conv(body) + head. */
  public NDArray last(BeforeLast before) {
    return conv.call(before.body(), lastWeight.value(), lastBias.value()).add(before.head());
  }

  /** The weights of the last convolution (C, C, 3, 3), theta of the adaptive weight. */
  public NDArray lastWeight() {
    return lastWeight.value();
  }

  /**
   * What enters the last convolution.
   *
   * @param head output of the first convolution (B, C, H, W)
   * @param body output of the residual blocks (B, C, H, W)
   */
  public record BeforeLast(NDArray head, NDArray body) {}
}
