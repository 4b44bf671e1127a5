package io.rapd.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rapd.core.grid.GridRegion;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import org.junit.jupiter.api.Test;

class BicubicEnlargementTest {
  @Test
  void equalsTheResamplerThatWasCheckedAgainstPillow() {
    RgbImage image = ViewerServer.image(7, 10);
    for (int scale : new int[] {1, 2, 5, 16}) {
      int height = 7 * scale;
      int width = 10 * scale;
      RgbImage expected = Resampler.resize(image, Resampling.BICUBIC, height, width);
      PixelGrid grid = new PixelGrid(height, width);
      RgbImage whole = BicubicEnlargement.render(image, new GridRegion(grid, grid.whole()));
      for (int i = 0; i < whole.planes().length; i++) {
        assertThat(whole.planes()[i]).isCloseTo(expected.planes()[i], within(2e-6f));
      }
      Region part =
          new Region(height / 3, width / 4, Math.max(1, height / 2), Math.max(1, width / 3));
      assertThat(BicubicEnlargement.render(image, new GridRegion(grid, part)))
          .isEqualTo(whole.crop(height / 3, width / 4, part.height(), part.width()));
    }
  }

  @Test
  void pixelsFarBeyondAnyImageLieBetweenTheirNeighbours() {
    RgbImage image = new RgbImage(1, 2, new float[] {0, 1, 0, 1, 0, 1});
    PixelGrid grid = new PixelGrid(1L << 40, 1L << 41);
    Region middle = new Region(1L << 39, (1L << 40) - 1, 1, 2);
    RgbImage pixels = BicubicEnlargement.render(image, new GridRegion(grid, middle));
    assertThat(pixels.at(0, 0, 0)).isCloseTo(0.5f, within(1e-6f));
    assertThat(pixels.at(0, 0, 1)).isCloseTo(0.5f, within(1e-6f));
  }
}
