import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import io.rapd.core.metric.Psnr;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import io.rapd.nif.NifFolder;
import io.rapd.train.data.CentreSquare;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Split;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Measures a trained field on held-out images of each style against bicubic enlargement. Arguments:
 * FIELD SET COUNT STYLE...
 */
public final class MeasureField {
  private static final int[][] SIZES = {{64, 128}, {64, 256}, {128, 256}, {128, 512}};

  public static void main(String[] args) {
    if (args.length < 4) {
      throw new IllegalArgumentException("expected: FIELD SET COUNT STYLE...");
    }
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        GradMode plain = GradMode.disabled()) {
      NifFolder nif = NifFolder.load(Path.of(args[0]), Precision.FLOAT32, manager);
      ImageTextSource source = ImageTextSource.open(args[1], Split.VALIDATION, true);
      for (String style : List.of(args).subList(3, args.length)) {
        for (int[] sizes : SIZES) {
          measure(nif, source, style, sizes[0], sizes[1], Integer.parseInt(args[2]), manager);
        }
      }
    }
  }

  private static void measure(
      NifFolder nif,
      ImageTextSource source,
      String style,
      int from,
      int to,
      int most,
      NDManager manager) {
    ImageCache images = new ImageCache(source, 0, new CentreSquare(to));
    PixelGrid grid = new PixelGrid(to, to);
    double ofField = 0;
    double ofBicubic = 0;
    int count = 0;
    for (int i = 0; i < source.size() && count < most; i++) {
      if (!source.captions(i).get(0).endsWith(", " + style)) {
        continue;
      }
      RgbImage original = images.image(i);
      RgbImage small = Resampler.resize(original, Resampling.BICUBIC, from, from);
      ofBicubic += Psnr.of(Resampler.resize(small, Resampling.BICUBIC, to, to), original);
      try (NDManager scope = manager.newSubManager()) {
        NDArray latent = nif.field().encode(ImageTensors.stack(List.of(small), scope));
        NDArray rendered = nif.field().render(latent, grid, grid.whole());
        ofField += Psnr.of(ImageTensors.image(rendered, 0), original);
      }
      count++;
    }
    System.out.printf(
        Locale.ROOT,
        "%s, %d to %d: field %.2f dB, bicubic %.2f dB, difference %+.2f, %d images%n",
        style,
        from,
        to,
        ofField / count,
        ofBicubic / count,
        (ofField - ofBicubic) / count,
        count);
  }
}
