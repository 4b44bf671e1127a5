package io.rapd.nif;

import ai.djl.ndarray.NDArray;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import io.rapd.core.nn.Module;
import io.rapd.core.torch.Precision;
import io.rapd.nif.encoder.Encoder;
import io.rapd.nif.render.Renderer;

/**
 * A neural image field: encoder and renderer. Parameters are named {@code encoder.*} and {@code
 * renderer.*}.
 */
public final class NeuralImageField extends Module {
  private final NifConfig config;
  private final Encoder encoder;
  private final Renderer renderer;

  /** A field without values yet; the precision is that of the renderer. */
  public NeuralImageField(NifConfig config, Precision precision) {
    this.config = config;
    encoder = child("encoder", config.encoder().build());
    renderer = child("renderer", config.renderer().build(config.encoder().channels(), precision));
  }

  /** The sizes of this field. */
  public NifConfig config() {
    return config;
  }

  /** Image to latent. */
  public Encoder encoder() {
    return encoder;
  }

  /** Latent to image. */
  public Renderer renderer() {
    return renderer;
  }

  /**
   * Encodes an image.
   *
   * @param image (B, 3, H, W) in [-1, 1]
   * @return z, (B, C, H, W)
   */
  public NDArray encode(NDArray image) {
    return encoder.forward(image);
  }

  /**
   * Renders part of an image.
   *
   * @param latent z, (B, C, h, w), any h and w
   * @return (B, 3, region height, region width), in [-1, 1] up to overshoot
   */
  public NDArray render(NDArray latent, PixelGrid target, Region region) {
    return renderer.render(latent, target, region);
  }
}
