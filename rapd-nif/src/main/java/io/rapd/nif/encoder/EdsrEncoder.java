package io.rapd.nif.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * EDSR without upsampling: a 3x3 convolution, residual blocks and another 3x3 convolution, to whose
 * output that of the first one is added. No normalisation, no downsampling. The same as LIIF's
 * {@code make_edsr_baseline(no_upsampling=True)}, with its parameter names.
 */
public final class EdsrEncoder extends Encoder {
  private static final String HEAD =
      """
      def forward(x):
        return torch.to(torch.conv2d(torch.to(x, $dtype), $head.0, [1, 1], [1, 1]), $float32)
      """;

  private static final String LAST =
      """
      def forward(body, head):
        z = torch.conv2d(torch.to(body, $dtype), $last, [1, 1], [1, 1])
        return torch.to(z, $float32) + head
      """;

  private final EdsrConfig config;
  private final List<ResidualBlock> blocks = new ArrayList<>();
  private final Parameter lastWeight;
  private final ModuleKernel head;
  private final ModuleKernel last;

  /** An encoder without values yet, whose convolutions compute in the given precision. */
  public EdsrEncoder(EdsrConfig config, Precision precision) {
    this.config = config;
    int channels = config.channels();
    layer("head.0", new Shape(channels, 3, 3, 3));
    for (int i = 0; i < config.blocks(); i++) {
      blocks.add(
          child("body." + i, new ResidualBlock(channels, config.residualScale(), precision)));
    }
    String last = "body." + config.blocks();
    lastWeight = layer(last, new Shape(channels, channels, 3, 3));
    head = kernel("EdsrHead", HEAD, Map.of("dtype", precision));
    this.last = kernel("EdsrLast", LAST, Map.of("dtype", precision, "last", "$" + last));
  }

  @Override
  public int channels() {
    return config.channels();
  }

  @Override
  public NDArray forward(NDArray image) {
    BeforeLast before = beforeLast(image);
    NDArray latent = last(before);
    before.close();
    return latent;
  }

  /**
   * The two inputs of {@link #last}, for the adaptive weight, which propagates gradients through
   * the last convolution only.
   */
  public BeforeLast beforeLast(NDArray image) {
    checkImage(image);
    NDArray first = head.call(image); // (B, C, H, W)
    NDArray body = first;
    for (ResidualBlock block : blocks) {
      NDArray next = block.forward(body); // (B, C, H, W)
      if (body != first) {
        body.close(); // a graph keeps what it needs by itself
      }
      body = next;
    }
    return new BeforeLast(first, body);
  }

  /** The last convolution and the skip connection: conv(body) + head. */
  public NDArray last(BeforeLast before) {
    return last.call(before.body(), before.head());
  }

  /** The weights of the last convolution (C, C, 3, 3); theta of the adaptive weight. */
  public NDArray lastWeight() {
    return lastWeight.value();
  }

  /**
   * The inputs of the last step.
   *
   * @param head output of the first convolution (B, C, H, W)
   * @param body output of the residual blocks (B, C, H, W)
   */
  public record BeforeLast(NDArray head, NDArray body) implements AutoCloseable {
    /** Frees both. */
    @Override
    public void close() {
      head.close();
      body.close();
    }
  }
}
