package io.rapd.nif.encoder;

import ai.djl.ndarray.NDArray;

/** The identity: z = image, in [-1, 1]. Has no parameters. */
final class PixelEncoder extends Encoder {
  static final int CHANNELS = 3;

  @Override
  public int channels() {
    return CHANNELS;
  }

  @Override
  public int margin() {
    return 0;
  }

  @Override
  public NDArray forward(NDArray image) {
    checkImage(image);
    return image.duplicate();
  }
}
