package io.rapd.nif.render;

import static io.rapd.core.config.Check.check;

import io.rapd.core.torch.Precision;

/** No renderer: the image is the latent itself, in its own size. */
public record PixelRendererConfig() implements RendererConfig {
  @Override
  public long trainingBytesPerPixel(Precision precision) {
    return 0;
  }

  @Override
  public Renderer build(int latentChannels, Precision precision) {
    check(
        latentChannels == PixelRenderer.CHANNELS,
        "renderer of type pixels needs latents of %d channels, got %d",
        PixelRenderer.CHANNELS,
        latentChannels);
    return new PixelRenderer();
  }
}
