package io.rapd.view;

import ai.djl.ndarray.NDArray;
import io.rapd.core.grid.GridRegion;
import io.rapd.core.image.RgbImage;
import io.rapd.infer.ImageField;
import io.rapd.infer.tile.TileListener;
import java.util.List;

/** How the fields of the queue are made: from a prompt, with previews, or from an image. */
final class Making {
  /** Previews of one generation. */
  private static final int PREVIEWS = 10;

  private static final int PREVIEW_SIDE = 160;

  private final LoadedModel model;
  private final ViewerLimits limits;

  Making(LoadedModel model, ViewerLimits limits) {
    this.model = model;
    this.limits = limits;
  }

  FieldQueue.Work ofPrompt(GenerationRequest request) {
    return job -> {
      job.start(model.warnings(request));
      job.progress(0, request.steps());
      int every = Math.max(1, request.steps() / PREVIEWS);
      return model.generate(
          request,
          (done, steps, latent) -> {
            job.progress(done, steps);
            if (done % every == 0 && done < steps) {
              job.preview(done, preview(latent));
            }
            return job.wanted();
          });
    };
  }

  private byte[] preview(NDArray latent) {
    try (ImageField field = model.unfinished(latent)) {
      GridRegion pixels = GridRegion.image(PREVIEW_SIDE, PREVIEW_SIDE);
      return PngStream.encode(field.renderRegion(pixels, TileListener.NONE));
    }
  }

  /**
   * Encodes an image.
   *
   * @param file checked by {@link UploadedImage#check}
   * @param side the shorter side at which it is encoded
   */
  FieldQueue.Work ofImage(byte[] file, int side) {
    return job -> {
      job.start(List.of());
      RgbImage image = UploadedImage.read(file, side, limits.encodedPixels());
      return model.encode(image);
    };
  }
}
