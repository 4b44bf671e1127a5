package io.rapd.core.grid;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Fixture;
import org.junit.jupiter.api.Test;

class CoordsFixtureTest {
  @Test
  void coordinatesAndCellsAreThoseOfLiif() {
    Fixture fixture = Fixture.load("coords");
    try (NDManager manager = NDManager.newBaseManager()) {
      for (JsonNode size : fixture.config().get("sizes")) {
        int height = size.get(0).asInt();
        int width = size.get(1).asInt();
        String name = height + "x" + width;
        float[] coordinates = new PixelGrid(height, width).coordinates(manager).toFloatArray();
        Fixture.assertClose(name, coordinates, fixture.floats("out.coord_" + name), 1e-6);
        float[] cells = fixture.floats("out.cell_" + name);
        for (int i = 0; i < cells.length; i += 2) {
          assertThat(new PixelGrid(height, width).rows().cell()).isEqualTo(cells[i]);
          assertThat(new PixelGrid(height, width).columns().cell()).isEqualTo(cells[i + 1]);
        }
      }
    }
  }

  @Test
  void nearestCellsAreExactAndTiesGoUp() {
    // 2 cells, 5 pixels: the middle pixel's centre lies on the border.
    assertThat(PixelAxis.ofImage(5).nearestCell(1, 2)).isEqualTo(0);
    assertThat(PixelAxis.ofImage(5).nearestCell(2, 2)).isEqualTo(1);
    for (int count = 1; count < 40; count++) {
      for (int i = 0; i < count; i++) {
        assertThat(PixelAxis.ofImage(count).relativeOffset(i, 7)).isBetween(-1f, 1f);
      }
    }
  }

  @Test
  void alignedRegionsEndAtWindowBordersOrEdges() {
    PixelGrid grid = new PixelGrid(30, 30);
    assertThat(new Region(5, 9, 4, 4).alignedTo(8, 0, grid)).isEqualTo(new Region(0, 8, 16, 8));
    assertThat(new Region(5, 9, 4, 4).alignedTo(8, 4, grid)).isEqualTo(new Region(4, 4, 8, 16));
    assertThat(new Region(1, 29, 1, 1).alignedTo(8, 4, grid)).isEqualTo(new Region(0, 28, 4, 2));
  }
}
