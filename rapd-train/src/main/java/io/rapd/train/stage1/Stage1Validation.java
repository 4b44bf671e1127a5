package io.rapd.train.stage1;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.image.ContactSheet;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.core.metric.Psnr;
import io.rapd.core.torch.GradMode;
import io.rapd.nif.NeuralImageField;
import io.rapd.train.data.CentreSquare;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.UnusableSamples;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reduces held-out images to the encoder's input, renders them at the target size and compares with
 * the original. Bicubic enlargement of the same input is the baseline.
 */
final class Stage1Validation {
  private static final int SHOWN = 6;
  private static final int CELL = 256;
  private static final long CACHE_BYTES = 1L << 28;

  private final ValidationConfig config;
  private final ImageTextSource source;
  private final ImageCache images;

  Stage1Validation(ValidationConfig config, ImageTextSource source) {
    this.config = config;
    images = new ImageCache(source, CACHE_BYTES, new CentreSquare(config.targetSize()));
    this.source = source;
  }

  /**
   * Mean PSNR over the images in dB: {@code psnr} of the field, {@code bicubicPsnr} of the
   * baseline.
   *
   * @param preview the PNG file to write: input, bicubic, field and original of the first images
   * @param unusable is told of images that cannot be read; later ones take their place
   */
  Map<String, Double> measure(
      NeuralImageField field, NDManager manager, Path preview, UnusableSamples unusable) {
    List<Integer> usable = usable(unusable);
    int count = usable.size();
    ContactSheet grid =
        new ContactSheet(
            CELL,
            List.of(
                "input " + config.inputSize(),
                "bicubic",
                "field " + config.targetSize(),
                "original"));
    double ofField = 0;
    double ofBicubic = 0;
    int input = config.inputSize();
    int target = config.targetSize();
    for (int i = 0; i < count; i++) {
      RgbImage original = images.image(usable.get(i));
      RgbImage small = Resampler.resize(original, Resampling.BICUBIC, input, input);
      RgbImage enlarged = Resampler.resize(small, Resampling.BICUBIC, target, target);
      RgbImage rendered = render(field, small, manager);
      ofField += Psnr.of(rendered, original) / count;
      ofBicubic += Psnr.of(enlarged, original) / count;
      if (i < SHOWN) {
        grid.row("", List.of(small, enlarged, rendered, original));
      }
    }
    new RgbImageWriter().writePng(grid.draw(), preview);
    Map<String, Double> measured = new LinkedHashMap<>();
    measured.put("psnr", ofField);
    measured.put("bicubicPsnr", ofBicubic);
    return measured;
  }

  /** The first images that can be read. */
  private List<Integer> usable(UnusableSamples unusable) {
    List<Integer> usable = new ArrayList<>();
    for (int i = 0; i < source.size() && usable.size() < config.images(); i++) {
      try {
        images.image(i);
        usable.add(i);
      } catch (IllegalArgumentException e) {
        unusable.add(source.key(i), e);
      }
    }
    return usable;
  }

  private RgbImage render(NeuralImageField field, RgbImage small, NDManager manager) {
    PixelGrid grid = new PixelGrid(config.targetSize(), config.targetSize());
    try (NDManager scope = manager.newSubManager();
        GradMode plain = GradMode.disabled()) {
      NDArray latent = field.encode(ImageTensors.stack(List.of(small), scope)); // (1, C, R, R)
      return ImageTensors.image(field.render(latent, grid, grid.whole()), 0);
    }
  }
}
