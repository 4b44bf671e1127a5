package io.rapd.eval.reconstruction;

import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import io.rapd.infer.ImageField;
import io.rapd.infer.ImageToField;

/** A method that enlarges images. */
public interface Enlargement {
  /** Its name in tables; unique. */
  String name();

  /** The image at another size. */
  RgbImage apply(RgbImage image, int height, int width);

  /** Interpolation. */
  static Enlargement of(Resampling method) {
    return new Enlargement() {
      @Override
      public String name() {
        return method == Resampling.LANCZOS ? "Lanczos" : "bicubic";
      }

      @Override
      public RgbImage apply(RgbImage image, int height, int width) {
        return Resampler.resize(image, method, height, width);
      }
    };
  }

  /** Encoder and renderer of a model of stage 1, which stays the caller's to close. */
  static Enlargement of(String name, ImageToField model) {
    return new Enlargement() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public RgbImage apply(RgbImage image, int height, int width) {
        try (ImageField field = model.encode(image)) {
          return field.renderAtResolution(height, width);
        }
      }
    };
  }
}
