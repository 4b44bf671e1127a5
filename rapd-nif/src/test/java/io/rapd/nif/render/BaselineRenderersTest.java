package io.rapd.nif.render;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BaselineRenderersTest {
  static Stream<RendererConfig> configs() {
    return Stream.of(
        new LiifConfig(List.of(24, 16), true, true, true),
        new LiifConfig(List.of(16), false, false, false),
        new ClifConfig(12, false),
        new ClifConfig(32, true));
  }

  private static NDArray latent(NDManager manager) {
    return RandomStream.of(3, "latent", 0).normal(manager, new Shape(2, 5, 9, 8));
  }

  private static Renderer renderer(RendererConfig config, NDManager manager) {
    Renderer renderer = config.build(5, Precision.FLOAT32);
    renderer.initialize(manager, 5);
    return renderer;
  }

  @ParameterizedTest
  @MethodSource("configs")
  void tileEqualsTheSamePartOfTheWhole(RendererConfig config) {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode off = GradMode.disabled()) {
      Renderer renderer = renderer(config, manager);
      NDArray z = latent(manager);
      // Larger than a tile of the passes for statistics; smaller than the latent; both sizes odd.
      for (PixelGrid grid : List.of(new PixelGrid(301, 270), new PixelGrid(5, 31))) {
        NDArray whole = renderer.render(z, grid);
        float scale = whole.abs().max().getFloat();
        for (Region region :
            List.of(
                new Region(0, 0, 1, 1),
                new Region(2, 3, 3, 20),
                new Region(grid.height() - 3, grid.width() - 9, 3, 9))) {
          NDArray part =
              whole.get(
                  message(
                      ":, :, %d:%d, %d:%d",
                      region.top(), region.bottom(), region.left(), region.right()));
          NDArray own = renderer.render(z, grid, region);
          NDArray shared = renderer.forImage(z, grid).render(z, grid, region);
          assertThat(own.getShape()).isEqualTo(part.getShape());
          assertThat(own.sub(part).abs().max().getFloat()).isLessThan(2e-5f * scale);
          assertThat(shared.sub(part).abs().max().getFloat()).isLessThan(2e-5f * scale);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("configs")
  void renderingLeavesOneArrayBehind(RendererConfig config) {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode off = GradMode.disabled()) {
      Renderer renderer = renderer(config, manager);
      NDArray z = latent(manager);
      PixelGrid grid = new PixelGrid(20, 13);
      int before = manager.getManagedArrays().size();
      assertThat(renderer.render(z, grid).isNaN().any().getBoolean()).isFalse();
      renderer.render(z, grid, new Region(2, 2, 3, 3));
      // Two images, and the two arrays of the assertion.
      assertThat(manager.getManagedArrays()).hasSize(before + 4);
    }
  }

  @Test
  void whatCannotBeRenderedIsRefused() {
    try (NDManager manager = NDManager.newBaseManager()) {
      Renderer clif = renderer(new ClifConfig(32, true), manager);
      NDArray z = latent(manager);
      assertThatThrownBy(
              () -> clif.render(manager.zeros(new Shape(1, 4, 3, 3)), new PixelGrid(6, 6)))
          .hasMessageContaining("latent must be (B, 5, h, w), got (1, 4, 3, 3)");
      Renderer bound = clif.forImage(z, new PixelGrid(6, 6));
      assertThatThrownBy(() -> bound.render(z, new PixelGrid(7, 6)))
          .hasMessageContaining("statistics of an image of");
      assertThatThrownBy(() -> new ClifConfig(20, true))
          .hasMessageContaining("renderer.width must be a multiple of 32");
      assertThatThrownBy(() -> new LiifConfig(List.of(4, 0), true, true, true))
          .hasMessageContaining("renderer.hidden must hold positive widths, got [4, 0]");
    }
  }
}
