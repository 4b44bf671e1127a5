package io.rapd.train.prepare;

import static io.rapd.core.config.Check.check;

import io.rapd.core.config.Default;
import io.rapd.train.data.ResizeConfig;
import java.nio.file.Path;

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

  /**
   * Checks that the latents are those of a field, size and way of resizing.
   *
   * @param folder that holds them, for messages
   * @param name of the field, for messages
   * @throws IllegalArgumentException naming both sides of the first difference
   */
  void require(Path folder, String name, String digest, int wantedSize, ResizeConfig wanted) {
    check(
        digest.equals(field),
        "%s: holds latents of the field %s, but field %s is %s; prepare another folder",
        folder,
        field,
        name,
        digest);
    check(
        wantedSize == size,
        "%s: holds latents of size %d, but denoiser.latentSize is %d; prepare another folder",
        folder,
        size,
        wantedSize);
    check(
        wanted.equals(resize),
        "%s: holds latents of images brought to size by %s, data.resize is %s",
        folder,
        resize,
        wanted);
  }
}
