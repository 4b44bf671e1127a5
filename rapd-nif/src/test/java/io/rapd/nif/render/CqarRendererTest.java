package io.rapd.nif.render;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.fixture.Bfloat16Test;
import io.rapd.core.fixture.CollectedGarbage;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CqarRendererTest {
  private static final CqarConfig CONFIG = new CqarConfig(32, 4, 8, 4, 2);

  private static CqarRenderer renderer(NDManager manager, Precision precision) {
    CqarRenderer renderer = new CqarRenderer(CONFIG, 16, precision);
    renderer.initialize(manager, 5);
    // Weights of the usual initialisation are too small for a part to feel its surroundings.
    renderer.parameters().values().forEach(parameter -> parameter.value().muli(2));
    return renderer;
  }

  private static NDArray latent(NDManager manager, int height, int width) {
    return RandomStream.of(3, "latent", 0).normal(manager, new Shape(1, 16, height, width));
  }

  @Test
  void gradientsDoNotNeedWhatJavaCollects() {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode recording = GradMode.enabled()) {
      CqarRenderer renderer = renderer(manager, Precision.FLOAT32);
      Map<String, NDArray> parameters = renderer.trainedValues();
      PixelGrid grid = new PixelGrid(33, 24);
      List<float[]> expected = new ArrayList<>();
      Autograd.backward(renderer.render(latent(manager, 9, 8), grid).square().mean());
      parameters.forEach(
          (name, value) -> {
            expected.add(Autograd.gradient(value, manager).toFloatArray());
            Autograd.zeroGradient(value);
          });
      NDArray loss = renderer.render(latent(manager, 9, 8), grid).square().mean();
      CollectedGarbage.overwrite();
      Autograd.backward(loss);
      int i = 0;
      for (Map.Entry<String, NDArray> parameter : parameters.entrySet()) {
        assertThat(Autograd.gradient(parameter.getValue(), manager).toFloatArray())
            .as(parameter.getKey())
            .isEqualTo(expected.get(i++));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "40, 56, 0, 0, 16, 16",
    "40, 56, 13, 21, 9, 17",
    "40, 56, 39, 55, 1, 1",
    "37, 29, 20, 3, 17, 26",
    "5, 7, 2, 2, 3, 3",
    "96, 120, 8, 64, 64, 40"
  })
  void tileEqualsTheSamePartOfTheWhole(
      int height, int width, int top, int left, int tileHeight, int tileWidth) {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode off = GradMode.disabled()) {
      CqarRenderer renderer = renderer(manager, Precision.FLOAT32);
      NDArray z = latent(manager, 9, 8);
      PixelGrid grid = new PixelGrid(height, width);
      NDArray whole = renderer.render(z, grid);
      NDArray tile = renderer.render(z, grid, new Region(top, left, tileHeight, tileWidth));
      NDArray part =
          whole.get(message(":, :, %d:%d, %d:%d", top, top + tileHeight, left, left + tileWidth));
      assertThat(tile.getShape()).isEqualTo(part.getShape());
      assertThat(tile.sub(part).abs().max().getFloat()).isLessThan(2e-5f);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "7, 7", "8, 1", "1, 64", "20, 13"})
  void everySizeRenders(int height, int width) {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode off = GradMode.disabled()) {
      NDArray rgb =
          renderer(manager, Precision.FLOAT32)
              .render(latent(manager, 8, 8), new PixelGrid(height, width));
      assertThat(rgb.getShape()).isEqualTo(new Shape(1, 3, height, width));
      assertThat(rgb.isNaN().any().getBoolean()).isFalse();
    }
  }

  @Bfloat16Test
  void bfloat16AgreesWithFloat32ToBfloat16Accuracy() {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode off = GradMode.disabled()) {
      NDArray z = latent(manager, 8, 8);
      PixelGrid grid = new PixelGrid(40, 24);
      NDArray exact = renderer(manager, Precision.FLOAT32).render(z, grid);
      CqarRenderer halved = renderer(manager, Precision.BFLOAT16);
      NDArray rounded = halved.render(z, grid);
      halved.keepMatricesIn(Precision.BFLOAT16);
      NDArray kept = halved.render(z, grid);
      float scale = exact.abs().max().getFloat();
      // 8 bits of mantissa through 4 blocks: a few times 2^-8.
      assertThat(rounded.sub(exact).abs().max().getFloat()).isLessThan(0.05f * scale);
      assertThat(rounded.sub(exact).abs().mean().getFloat()).isLessThan(0.01f * scale);
      assertThat(kept.sub(rounded).abs().max().getFloat()).isLessThan(0.02f * scale);
    }
  }

  @Test
  void renderingLeavesOneArrayBehind() {
    try (NDManager manager = NDManager.newBaseManager();
        GradMode off = GradMode.disabled()) {
      CqarRenderer renderer = renderer(manager, Precision.FLOAT32);
      NDArray z = latent(manager, 8, 8);
      int before = manager.getManagedArrays().size();
      NDArray whole = renderer.render(z, new PixelGrid(33, 20));
      assertThat(manager.getManagedArrays()).hasSize(before + 1);
      assertThat(z.getManager()).isSameAs(manager);
      assertThat(whole.sum().getFloat()).isCloseTo(whole.sum().getFloat(), within(0f));
    }
  }

  @Test
  void aLatentOfAnotherFieldIsRefused() {
    try (NDManager manager = NDManager.newBaseManager()) {
      CqarRenderer renderer = renderer(manager, Precision.FLOAT32);
      NDArray z = manager.zeros(new Shape(2, 8, 4, 4));
      assertThatThrownBy(() -> renderer.render(z, new PixelGrid(8, 8)))
          .hasMessageContaining("latent must be (B, 16, h, w), got (2, 8, 4, 4)");
      assertThatThrownBy(() -> new PixelGrid(0, 5)).hasMessageContaining("got 0 x 5");
      assertThatThrownBy(() -> new CqarConfig(30, 4, 8, 4, 2))
          .hasMessageContaining("renderer.width (30) must be divisible by renderer.heads (4)");
    }
  }
}
