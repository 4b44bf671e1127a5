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
 * {@code make_edsr_baseline(no_upsampling=True)}, with its parameter names, unless {@link
 * EdsrConfig#width} is set.
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

  private static final String LAST_OF_WIDE =
      """
      def forward(body, head):
        return torch.to(torch.conv2d(torch.to(body, $dtype), $last, [1, 1], [1, 1]), $float32)
      """;

  private final EdsrConfig config;
  private final List<ResidualBlock> blocks = new ArrayList<>();
  private final Parameter lastWeight;
  private final ModuleKernel head;
  private final ModuleKernel last;

  /** An encoder without values yet, whose convolutions compute in the given precision. */
  public EdsrEncoder(EdsrConfig config, Precision precision) {
    this.config = config;
    int width = wide() ? config.width() : config.channels();
    layer("head.0", new Shape(width, 3, 3, 3));
    for (int i = 0; i < config.blocks(); i++) {
      blocks.add(child("body." + i, new ResidualBlock(width, config.residualScale(), precision)));
    }
    String last = "body." + config.blocks();
    lastWeight = layer(last, new Shape(config.channels(), width, 3, 3));
    head = kernel("EdsrHead", HEAD, Map.of("dtype", precision));
    this.last =
        kernel(
            wide() ? "EdsrLastOfWide" : "EdsrLast",
            wide() ? LAST_OF_WIDE : LAST,
            Map.of("dtype", precision, "last", "$" + last));
  }

  @Override
  public int channels() {
    return config.channels();
  }

  @Override
  public int margin() {
    return 2 * config.blocks() + 2; // a pixel per 3x3 convolution
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
    if (wide()) {
      NDArray sum = body.add(first); // (B, width, H, W)
      body.close();
      body = sum;
    }
    return new BeforeLast(first, body);
  }

  private boolean wide() {
    return config.width() > 0 && config.width() != config.channels();
  }

  /** The last convolution and, unless the blocks are wider than the latent, the skip connection. */
  public NDArray last(BeforeLast before) {
    return last.call(before.body(), before.head());
  }

  /** The weights of the last convolution (C, width, 3, 3); theta of the adaptive weight. */
  public NDArray lastWeight() {
    return lastWeight.value();
  }

  /**
   * The inputs of the last step.
   *
   * @param head output of the first convolution (B, width, H, W)
   * @param body input of the last convolution (B, width, H, W)
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
