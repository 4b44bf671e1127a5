package io.rapd.infer.tile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.sun.management.ThreadMXBean;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.grid.GridRegion;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import io.rapd.core.grid.Viewport;
import io.rapd.core.image.ImageBands;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifConfig;
import io.rapd.nif.encoder.EdsrConfig;
import io.rapd.nif.render.CqarConfig;
import io.rapd.nif.render.LatentSource;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TiledRendererTest {
  private static final NifConfig CONFIG =
      new NifConfig(new EdsrConfig(4, 1, 1), new CqarConfig(16, 2, 8, 4, 2));

  private static NeuralImageField field(NDManager manager) {
    NeuralImageField field = new NeuralImageField(CONFIG, Precision.FLOAT32);
    field.initialize(manager, 5);
    // Weights of the usual initialisation are too small for a part to feel its surroundings.
    field.renderer().parameters().values().forEach(parameter -> parameter.value().muli(3));
    return field;
  }

  private static NDArray latent(NDManager manager) {
    return RandomStream.of(3, "latent", 0).normal(manager, new Shape(1, 4, 9, 8));
  }

  @ParameterizedTest
  @CsvSource({
    "40, 56, 16, 12",
    "40, 56, 16, 16",
    "37, 29, 11, 3",
    "41, 8, 64, 60",
    "7, 33, 32, 28",
    "1, 1, 16, 12",
    "20, 3, 1, 1"
  })
  void mosaicEqualsTheWhole(int height, int width, int side, int first) {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode off = GradMode.disabled()) {
      NeuralImageField field = field(manager);
      NDArray z = latent(manager);
      PixelGrid grid = new PixelGrid(height, width);
      RgbImage mosaic =
          new TiledRenderer(field, new Mosaic(side, first)).render(z, grid, TileListener.NONE);
      float[] whole = field.renderer().render(z, grid).toFloatArray();
      assertThat(mosaic.height()).isEqualTo(height);
      assertThat(mosaic.width()).isEqualTo(width);
      Fixture.assertClose("mosaic", mosaic.planes(), whole, 2e-5);
    }
  }

  @Test
  void everyPixelLiesInOneTileAndNoTileIsTooLarge() {
    for (int height : new int[] {1, 3, 4, 5, 8, 20, 21}) {
      for (int width : new int[] {1, 4, 12, 13}) {
        int[] covered = new int[height * width];
        for (Region tile : new Mosaic(8, 4).tiles(new PixelGrid(height, width))) {
          assertThat(tile.height()).isLessThanOrEqualTo(8);
          assertThat(tile.width()).isLessThanOrEqualTo(8);
          assertThat(tile.top() % 8).isIn(0L, 4L);
          for (int y = (int) tile.top(); y < tile.bottom(); y++) {
            for (int x = (int) tile.left(); x < tile.right(); x++) {
              covered[y * width + x]++;
            }
          }
        }
        assertThat(covered).containsOnly(1);
      }
    }
  }

  @Test
  void bordersLieWhereTheLastBlockHasWindowBorders() {
    assertThat(new Mosaic(16, 12).tiles(new PixelGrid(1, 40)))
        .extracting(Region::left)
        .containsExactly(0L, 12L, 28L);
  }

  @ParameterizedTest
  @CsvSource({"40, 56, 4194304", "40, 56, 500", "3, 5, 1", "61, 41, 1200"})
  void bandsEqualTheWhole(int height, int width, int bandPixels) {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode off = GradMode.disabled()) {
      NeuralImageField field = field(manager);
      NDArray z = latent(manager);
      PixelGrid grid = new PixelGrid(height, width);
      RgbImage whole = new TiledRenderer(field).render(z, grid, TileListener.NONE);
      Mosaic mosaic = new Mosaic(16, 12).withBandsOf(bandPixels / width);
      AtomicInteger last = new AtomicInteger();
      AtomicInteger expected = new AtomicInteger();
      ImageBands bands =
          new TiledBands(
              field.renderer(),
              LatentSource.of(z),
              new GridRegion(grid, grid.whole()),
              mosaic,
              (done, all) -> {
                last.set(done);
                expected.set(all);
                return true;
              });
      int top = 0;
      while (top < height) {
        RgbImage band = bands.next();
        RgbImage same = whole.crop(top, 0, band.height(), width);
        assertThat(differences(band, same)).as("band at " + top).isLessThan(0.01);
        top += band.height();
      }
      assertThat(top).isEqualTo(height);
      assertThat(last.get()).isEqualTo(expected.get());
      assertThatThrownBy(bands::next).isInstanceOf(NoSuchElementException.class);
    }
  }

  /** The share of levels that rounding changes, which is by one. */
  private static double differences(RgbImage levels, RgbImage image) {
    byte[] found = levels.toRgbBytes();
    byte[] expected = image.toRgbBytes();
    int changed = 0;
    for (int i = 0; i < expected.length; i++) {
      int difference = Math.abs((found[i] & 0xff) - (expected[i] & 0xff));
      assertThat(difference).isLessThanOrEqualTo(1);
      changed += difference;
    }
    return (double) changed / expected.length;
  }

  /** What streaming allocates per pixel, and the largest array that it holds on to, in bytes. */
  private record Streamed(double allocatedPerPixel, int largestBand) {}

  private static Streamed stream(NeuralImageField field, NDArray z, int side) {
    PixelGrid grid = new PixelGrid(side, side);
    ImageBands bands =
        new TiledRenderer(field).bands(z, new GridRegion(grid, grid.whole()), TileListener.NONE);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(thread);
    int largest = 0;
    for (int top = 0; top < side; ) {
      RgbImage band = bands.next();
      largest = Math.max(largest, RgbImage.CHANNELS * band.height() * band.width());
      top += band.height();
    }
    long allocated = threads.getThreadAllocatedBytes(thread) - before;
    return new Streamed((double) allocated / side / side, largest);
  }

  @Test
  void whatStreamingAllocatesPerPixelDoesNotGrowWithTheImage() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NeuralImageField field = field(manager);
      NDArray z = latent(manager);
      stream(field, z, 16); // classes and kernels are loaded
      Streamed small = stream(field, z, 252);
      Streamed large = stream(field, z, 764);
      assertThat(large.allocatedPerPixel()).isLessThan(1.1 * small.allocatedPerPixel());
      assertThat(large.largestBand()).isEqualTo(RgbImage.CHANNELS * 256 * 764);
    }
  }

  @Test
  void batchesStayOnTheDeviceAndEqualTheImagesOneByOne() {
    try (NDManager manager = NDManager.newBaseManager()) {
      TiledRenderer renderer = new TiledRenderer(field(manager), new Mosaic(16, 12));
      NDArray one = latent(manager);
      NDArray two = one.mul(-0.5f);
      PixelGrid grid = new PixelGrid(40, 56);
      GridRegion part = new GridRegion(grid, new Region(3, 5, 31, 44));
      NDManager home = manager.newSubManager();
      NDArray batch = one.concat(two);
      Set<NDArray> before = Set.copyOf(manager.getManagedArrays());
      NDArray both = renderer.renderArray(batch, part, home);
      assertThat(both.getShape()).isEqualTo(new Shape(2, 3, 31, 44));
      assertThat(home.getManagedArrays()).containsExactly(both);
      List<NDArray> left = new ArrayList<>(manager.getManagedArrays());
      left.removeAll(before);
      left.remove(both); // of a part of the manager
      assertThat(left).isEmpty();
      for (int i = 0; i < 2; i++) {
        RgbImage alone = renderer.render(i == 0 ? one : two, part, TileListener.NONE);
        Fixture.assertClose("image " + i, both.get(i).toFloatArray(), alone.planes(), 2e-5);
      }
    }
  }

  @Test
  void viewportsOnPixelBordersEqualTheSamePartOfTheWhole() {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode off = GradMode.disabled()) {
      NeuralImageField field = field(manager);
      NDArray z = latent(manager);
      TiledRenderer renderer = new TiledRenderer(field, new Mosaic(16, 12));
      RgbImage whole = renderer.render(z, new PixelGrid(60, 41), TileListener.NONE);
      Random random = new Random(4);
      for (int i = 0; i < 8; i++) {
        int top = random.nextInt(60);
        int left = random.nextInt(41);
        int height = 1 + random.nextInt(60 - top);
        int width = 1 + random.nextInt(41 - left);
        Viewport viewport =
            new Viewport(top / 60.0, left / 41.0, (top + height) / 60.0, (left + width) / 41.0);
        RgbImage part = renderer.render(z, viewport.pixels(height, width), TileListener.NONE);
        Fixture.assertClose(
            viewport.toString(),
            part.planes(),
            whole.crop(top, left, height, width).planes(),
            2e-5);
      }
    }
  }

  @Test
  void tilesLeaveNoArraysBehind() {
    try (NDManager manager = NDManager.newBaseManager()) {
      TiledRenderer renderer = new TiledRenderer(field(manager), new Mosaic(16, 12));
      NDArray z = latent(manager);
      int before = manager.getManagedArrays().size();
      renderer.render(z, new PixelGrid(40, 33), TileListener.NONE);
      assertThat(manager.getManagedArrays()).hasSize(before);
    }
  }

  @Test
  void listenersHearOfEveryTileAndMayStop() {
    try (NDManager manager = NDManager.newBaseManager()) {
      TiledRenderer renderer = new TiledRenderer(field(manager), new Mosaic(8, 4));
      NDArray z = latent(manager);
      List<String> heard = new ArrayList<>();
      renderer.render(z, new PixelGrid(8, 12), (done, all) -> heard.add(done + "/" + all));
      assertThat(heard).containsExactly("1/4", "2/4", "3/4", "4/4");
      assertThatThrownBy(() -> renderer.render(z, new PixelGrid(8, 12), (done, all) -> done < 2))
          .isInstanceOf(CancellationException.class)
          .hasMessage("rendering stopped after tile 2 of 4");
    }
  }

  @Test
  void imagesTooLargeForAnArrayAreRefused() {
    try (NDManager manager = NDManager.newBaseManager()) {
      TiledRenderer renderer = new TiledRenderer(field(manager), new Mosaic(8, 4));
      assertThatThrownBy(
              () ->
                  renderer.render(
                      latent(manager), new PixelGrid(30_000, 30_000), TileListener.NONE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("at most 715827879 pixels, got 30000 x 30000");
    }
  }

  @Test
  void damagedWeightsAreTold() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NeuralImageField field = field(manager);
      field.renderer().values().values().iterator().next().muli(Float.NaN);
      TiledRenderer renderer = new TiledRenderer(field, new Mosaic(8, 4));
      assertThatThrownBy(
              () -> renderer.render(latent(manager), new PixelGrid(4, 4), TileListener.NONE))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("the field renders to NaN");
    }
  }
}
