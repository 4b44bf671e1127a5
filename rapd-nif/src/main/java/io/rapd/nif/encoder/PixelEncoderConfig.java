package io.rapd.nif.encoder;

/** No encoder: the latent is the image itself, 3 channels. Diffusion then works on pixels. */
public record PixelEncoderConfig() implements EncoderConfig {
  @Override
  public int channels() {
    return PixelEncoder.CHANNELS;
  }

  @Override
  public long trainingBytesPerPixel() {
    return 0;
  }

  @Override
  public Encoder build() {
    return new PixelEncoder();
  }
}
