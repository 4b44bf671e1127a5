package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.core.grid.GridRegion;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FitTest {
  @Test
  void sizesThatAreTheFieldsScaledAndRoundedShowTheWholeField() {
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      ImageSize field = new ImageSize(1 + random.nextInt(700), 1 + random.nextInt(700));
      double factor = 0.5 + 20 * random.nextDouble();
      ImageSize size =
          new ImageSize(
              (int) Math.max(1, Math.round(factor * field.height())),
              (int) Math.max(1, Math.round(factor * field.width())));
      PixelGrid grid = new PixelGrid(size.height(), size.width());
      for (Fit fit : Fit.values()) {
        assertThat(fit.pixels(size, field))
            .as("%s of %s at %s", fit, field, size)
            .isEqualTo(new GridRegion(grid, grid.whole()));
      }
    }
  }

  @Test
  void otherSizesAreCutOrPaddedInTheMiddle() {
    ImageSize square = new ImageSize(64, 64);
    assertThat(Fit.CROP.pixels(new ImageSize(65, 64), square))
        .isEqualTo(new GridRegion(new PixelGrid(65, 65), new Region(0, 0, 65, 64)));
    assertThat(Fit.CROP.pixels(new ImageSize(9, 16), square))
        .isEqualTo(new GridRegion(new PixelGrid(16, 16), new Region(3, 0, 9, 16)));
    assertThat(Fit.PAD.pixels(new ImageSize(9, 16), square))
        .isEqualTo(new GridRegion(new PixelGrid(9, 9), new Region(0, 0, 9, 9)));
    assertThat(Fit.PAD.pixels(new ImageSize(16, 9), new ImageSize(32, 64)))
        .isEqualTo(new GridRegion(new PixelGrid(5, 9), new Region(0, 0, 5, 9)));
    PixelGrid stretched = new PixelGrid(9, 16);
    assertThat(Fit.STRETCH.pixels(new ImageSize(9, 16), square))
        .isEqualTo(new GridRegion(stretched, stretched.whole()));
  }
}
