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
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NifFolder;
import io.rapd.train.data.CentreSquare;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Split;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Two things about a trained field. {@code statistics FIELD SET SIDE NEW_FIELD} copies it with the
 * latent statistics of images of that side, at most 800 of the training part: stage 2 normalises
 * latents of its own size, and stage 1 records those of its small crops. {@code psnr FIELD SET COUNT
 * STYLE...} measures held-out images of each style against bicubic enlargement.
 */
public final class MeasureField {
  private static final int SURVEYED = 800;
  private static final int[][] SIZES = {{64, 128}, {64, 256}, {128, 256}, {128, 512}};

  public static void main(String[] args) {
    if (args.length < 5) {
      throw new IllegalArgumentException(
          "expected: statistics FIELD SET SIDE NEW_FIELD, or psnr FIELD SET COUNT STYLE...");
    }
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        GradMode plain = GradMode.disabled()) {
      NifFolder nif = NifFolder.load(Path.of(args[1]), Precision.FLOAT32, manager);
      if (args[0].equals("statistics")) {
        survey(nif, args[2], Integer.parseInt(args[3]), Path.of(args[4]), manager);
      } else {
        ImageTextSource source = ImageTextSource.open(args[2], Split.VALIDATION, true);
        for (String style : List.of(args).subList(4, args.length)) {
          for (int[] sizes : SIZES) {
            measure(nif, source, style, sizes[0], sizes[1], Integer.parseInt(args[3]), manager);
          }
        }
      }
    }
  }

  private static void survey(NifFolder nif, String set, int side, Path out, NDManager manager) {
    ImageTextSource source = ImageTextSource.open(set, Split.TRAIN, false);
    ImageCache images = new ImageCache(source, 0, new CentreSquare(side));
    LatentStatistics.Accumulator accumulator =
        new LatentStatistics.Accumulator(nif.field().encoder().channels());
    int count = Math.min(SURVEYED, source.size());
    for (int i = 0; i < count; i++) {
      RgbImage image = images.image((int) ((long) i * source.size() / count));
      try (NDManager scope = manager.newSubManager()) {
        accumulator.add(nif.field().encode(ImageTensors.stack(List.of(image), scope)));
      }
    }
    LatentStatistics statistics = accumulator.finish();
    System.out.println("before " + nif.description().statistics());
    System.out.println("now    " + statistics);
    NifFolder.write(
        out,
        new NifFolder.Description(
            nif.description().nif(), statistics, nif.description().provenance()),
        nif.field().values());
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
