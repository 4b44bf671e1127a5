package io.rapd.core.image;

/** A way to compute an image's pixels at another size; all are separable. */
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
  /** Antialiased triangle: {@code bilinear} of PyTorch with {@code antialias=True}. */
  BILINEAR,
  /** Pixels whose centre lies in the output pixel, equally weighted: {@code BOX} of Pillow. */
  BOX,
  /** Mean of all pixels the output pixel touches: {@code area} of PyTorch. */
  AREA
}
