package io.rapd.infer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.nif.NifFolder;
import java.nio.file.Path;

/**
 * Image to field: the encoder of stage 1 turns an image into the latent of a field.
 *
 * <p>Safe for use by several threads until it is closed; closing frees the fields that it made.
 */
public final class ImageToField implements AutoCloseable {
  private final NDManager memory;
  private final NifFolder nif;

  private ImageToField(NDManager memory, NifFolder nif) {
    this.memory = memory;
    this.nif = nif;
  }

  /** As {@link #load(Path, LoadOptions)} with the defaults. */
  public static ImageToField load(Path folder) {
    return load(folder, LoadOptions.defaults());
  }

  /**
   * Loads a stage-1 model, or the image field of a text-to-image model.
   *
   * @param given the folder of the model, or of its training run
   * @param options the text encoder is not used
   * @throws IllegalArgumentException if the folder is no such model, or damaged
   */
  public static ImageToField load(Path given, LoadOptions options) {
    Path folder = TrainedModel.open(given).nif();
    NDManager memory = NativeRuntime.newManager(options.device());
    try {
      return new ImageToField(memory, NifFolder.load(folder, options.precision(), memory));
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  /** The contents of the model's {@code config.json}. */
  public NifFolder.Description description() {
    return nif.description();
  }

  /**
   * Encodes an image. The latent has the image's height and width, and takes 4 C bytes per pixel.
   *
   * @param image any size
   */
  public ImageField encode(RgbImage image) {
    try (NDManager scope = memory.newSubManager()) {
      NDArray latent = // (1, C, H, W)
          new EncodedImage(nif.field().encoder(), image, scope).whole(scope);
      return new ImageField(nif.field(), latent, memory);
    }
  }

  /**
   * A field that encodes the image where it is rendered, so that memory other than the image's does
   * not grow with its size: what {@code rapd upscale} renders. Its pixels are those of {@link
   * #encode} up to rounding; it has no {@link ImageField#latent}.
   *
   * @param image any size; must not be changed while the field is open
   */
  public ImageField encodeWhereRendered(RgbImage image) {
    return new ImageField(
        nif.field(), owner -> new EncodedImage(nif.field().encoder(), image, owner), memory);
  }

  /** Frees the model and the fields that it made. */
  @Override
  public void close() {
    memory.close();
  }
}
