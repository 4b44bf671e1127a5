package io.rapd.nif.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.nn.Parameter;
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
  private static final String HEAD =
      """
      def forward(x):
        return torch.to(torch.conv2d(torch.to(x, $dtype), $head.0, [1, 1], [1, 1]), $float32)
      """;

  private static final String LAST =
      """
      def forward(body, head):
        return torch.to(torch.conv2d(torch.to(body, $dtype), $last, [1, 1], [1, 1]), $float32) + head
      """;

  private final EncoderConfig config;
  private final List<ResidualBlock> blocks = new ArrayList<>();
  private final Parameter lastWeight;
  private final ModuleKernel head;
  private final ModuleKernel last;

  /** An encoder without values yet, whose convolutions compute in that precision. */
  public EdsrEncoder(EncoderConfig config, Precision precision) {
    this.config = config;
    int channels = config.channels();
    layer("head.0", new Shape(channels, 3, 3, 3));
    for (int i = 0; i < config.blocks(); i++) {
      blocks.add(
          child("body." + i, new ResidualBlock(channels, config.residualScale(), precision)));
    }
    String last = "body." + config.blocks();
    Shape square = new Shape(channels, channels, 3, 3);
    lastWeight = parameter(last + ".weight", square, Initializer.torchDefault());
    parameter(last + ".bias", new Shape(channels), Initializer.torchDefaultBias(9L * channels));
    head = kernel("EdsrHead", HEAD, Map.of("dtype", precision));
    this.last = kernel("EdsrLast", LAST, Map.of("dtype", precision, "last", "$" + last));
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
    NDArray first = head.call(image); // (B, C, H, W)
    NDArray body = first;
    for (ResidualBlock block : blocks) {
      body = block.forward(body); // (B, C, H, W)
    }
    return new BeforeLast(first, body);
  }

  /** The last convolution and the long skip: conv(body) + head. */
  public NDArray last(BeforeLast before) {
    return last.call(before.body(), before.head());
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
