package io.rapd.core.image;

/** Methods of resampling an image to another size; all are separable. */
public enum Resampling {
  /**
   * Antialiased cubic convolution, a = -0.5, the support scaled by the reduction and the weights
   * renormalised inside the image: {@code antialias=True} of PyTorch, {@code BICUBIC} of Pillow.
   */
  BICUBIC,
  /**
   * Cubic convolution through four samples, a = -0.75, edges repeated: {@code antialias=False} of
   * PyTorch. Reductions alias.
   */
  BICUBIC_SAMPLED,
  /** Antialiased sinc windowed by sinc(x / 3), three lobes: {@code LANCZOS} of Pillow. */
  LANCZOS,
  /** Antialiased linear interpolation: {@code bilinear} of PyTorch with {@code antialias=True}. */
  BILINEAR,
  /** Mean of the pixels whose centres lie in the output pixel: {@code BOX} of Pillow. */
  BOX,
  /** Mean of all pixels that the output pixel touches: {@code area} of PyTorch. */
  AREA
}
