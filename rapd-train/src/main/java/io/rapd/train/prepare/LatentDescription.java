package io.rapd.train.prepare;

import io.rapd.core.config.Default;
import io.rapd.train.data.ResizeConfig;

/**
 * The stored latents in {@code config.json} of a prepared folder.
 *
 * @param field {@link FieldDigest} of the field that encoded; empty without latents
 * @param size height and width of images and latents; 0 without latents
 * @param resize how images were brought to that size
 */
record LatentDescription(
    @Default("") String field, @Default("0") int size, @Default("{}") ResizeConfig resize) {
  static final LatentDescription NONE = new LatentDescription("", 0, ResizeConfig.DEFAULT);

  boolean present() {
    return size > 0;
  }
}
