package io.rapd.infer.tile;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.grid.GridRegion;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Viewport;
import io.rapd.core.image.ImageBands;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifConfig;
import io.rapd.nif.encoder.EdsrConfig;
import io.rapd.nif.render.ClifConfig;
import io.rapd.nif.render.CqarConfig;
import io.rapd.nif.render.LatentSource;
import io.rapd.nif.render.LiifConfig;
import io.rapd.nif.render.RendererConfig;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A region is the same part of the whole, however it is rendered, by whatever renders it. */
class RegionsOfEveryRendererTest {
  private static final int HEIGHT = 60;
  private static final int WIDTH = 41;

  static Stream<Arguments> renderersAndPrecisions() {
    List<RendererConfig> renderers =
        List.of(
            new CqarConfig(16, 2, 8, 3, 2),
            new LiifConfig(List.of(16, 16), true, true, true),
            new ClifConfig(12, false),
            new ClifConfig(32, true));
    return renderers.stream()
        .flatMap(
            renderer ->
                Stream.of(Precision.FLOAT32, Precision.BFLOAT16)
                    .map(precision -> Arguments.of(renderer, precision)));
  }

  @ParameterizedTest
  @MethodSource("renderersAndPrecisions")
  void regionsInTilesStreamsAndBatchesAreTheSamePartOfTheWhole(
      RendererConfig config, Precision precision) {
    double tolerance = precision == Precision.FLOAT32 ? 5e-5 : 0.03;
    try (NDManager manager = NDManager.newBaseManager();
        GradMode off = GradMode.disabled()) {
      NeuralImageField field =
          new NeuralImageField(new NifConfig(new EdsrConfig(4, 1, 1), config), precision);
      field.initialize(manager, 5);
      NDArray z = RandomStream.of(3, "latent", 0).normal(manager, new Shape(1, 4, 9, 8));
      NDArray whole = field.renderer().render(z, new PixelGrid(HEIGHT, WIDTH));
      RgbImage expected = new RgbImage(HEIGHT, WIDTH, whole.toFloatArray());
      TiledRenderer renderer = new TiledRenderer(field, new Mosaic(16, 12));
      Random random = new Random(4);
      for (int i = 0; i < 4; i++) {
        int top = random.nextInt(HEIGHT);
        int left = random.nextInt(WIDTH);
        int height = 1 + random.nextInt(HEIGHT - top);
        int width = 1 + random.nextInt(WIDTH - left);
        GridRegion part =
            new Viewport(
                    (double) top / HEIGHT,
                    (double) left / WIDTH,
                    (double) (top + height) / HEIGHT,
                    (double) (left + width) / WIDTH)
                .pixels(height, width);
        RgbImage same = expected.crop(top, left, height, width);
        float[] tiles = renderer.render(z, part, TileListener.NONE).planes();
        Fixture.assertClose("tiles of " + part, tiles, same.planes(), tolerance);
        NDArray batch = renderer.renderArray(z.concat(z.mul(-1)), part, manager);
        Fixture.assertClose(
            "first of a batch", batch.get(0).toFloatArray(), same.planes(), tolerance);
        assertSameLevels(renderer.bands(LatentSource.of(z), part, TileListener.NONE), tiles);
      }
    }
  }

  /** Streams hold the levels of the same tiles. */
  private static void assertSameLevels(ImageBands bands, float[] planes) {
    byte[] levels = new RgbImage(bands.height(), bands.width(), planes).toRgbBytes();
    for (int at = 0; at < levels.length; ) {
      for (byte level : bands.next().toRgbBytes()) {
        assertThat(Math.abs((level & 0xff) - (levels[at++] & 0xff))).isLessThanOrEqualTo(1);
      }
    }
  }
}
