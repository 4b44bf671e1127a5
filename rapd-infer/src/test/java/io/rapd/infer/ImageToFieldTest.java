package io.rapd.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Viewport;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import io.rapd.nif.NifFolder;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageToFieldTest {
  @TempDir private Path folder;

  private static RgbImage image(int height, int width) {
    float[] planes = new float[3 * height * width];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = (float) Math.sin(0.37 * i);
    }
    return new RgbImage(height, width, planes);
  }

  @Test
  void fieldOfAnImageIsItsEncodingRendered() {
    Path path = RandomModel.field(folder.resolve("field"), 4);
    RgbImage image = image(11, 6);
    try (ImageToField model = ImageToField.load(path);
        ImageField field = model.encode(image);
        NDManager manager = NDManager.newBaseManager();
        GradMode off = GradMode.disabled()) {
      NifFolder nif = NifFolder.load(path, Precision.FLOAT32, manager);
      NDArray pixels = manager.create(image.planes(), new Shape(1, 3, 11, 6));
      NDArray latent = nif.field().encode(pixels);
      assertThat(field.latent().toFloatArray()).isEqualTo(latent.toFloatArray());
      NDArray rendered = nif.field().renderer().render(latent, new PixelGrid(33, 18));
      Fixture.assertClose(
          "image", field.renderAtResolution(33, 18).planes(), rendered.toFloatArray(), 2e-5);
    }
  }

  @Test
  void fieldsOfOneModelRenderTogetherOnItsDevice() {
    Path path = RandomModel.field(folder.resolve("field"), 4);
    try (ImageToField model = ImageToField.load(path);
        ImageToField another = ImageToField.load(path);
        ImageField one = model.encode(image(11, 6));
        ImageField two = model.encode(image(12, 6).crop(1, 0, 11, 6));
        NDManager manager = NDManager.newBaseManager()) {
      NDArray both = ImageField.renderArray(List.of(one, two), 23, 19, manager);
      assertThat(both.getShape()).isEqualTo(new Shape(2, 3, 23, 19));
      assertThat(manager.getManagedArrays()).containsExactly(both);
      Fixture.assertClose(
          "first",
          both.get(0).toFloatArray(),
          one.renderArray(23, 19, manager).toFloatArray(),
          2e-5);
      Fixture.assertClose(
          "second", both.get(1).toFloatArray(), two.renderAtResolution(23, 19).planes(), 2e-5);
      try (ImageField other = model.encode(image(6, 6));
          ImageField foreign = another.encode(image(11, 6))) {
        assertThatThrownBy(() -> ImageField.renderArray(List.of(one, other), 2, 2, manager))
            .hasMessage(
                "latents of a batch must have one shape, got (1, 4, 11, 6) and (1, 4, 6, 6)");
        assertThatThrownBy(() -> ImageField.renderArray(List.of(one, foreign), 2, 2, manager))
            .hasMessage("fields of a batch must be of one model");
      }
    }
  }

  @Test
  void theFieldOfAWholeModelIsUsedAlike() {
    Path path = RandomModel.textToImage(folder.resolve("model"));
    RgbImage image = image(8, 8);
    try (ImageToField whole = ImageToField.load(path);
        ImageToField part = ImageToField.load(path.resolve("nif"));
        ImageField one = whole.encode(image);
        ImageField other = part.encode(image)) {
      assertThat(one.renderAtResolution(20, 20)).isEqualTo(other.renderAtResolution(20, 20));
    }
  }

  @Test
  void onePixelCanBeEncoded() {
    Path path = RandomModel.field(folder.resolve("field"), 4);
    try (ImageToField model = ImageToField.load(path);
        ImageField field = model.encode(image(1, 1))) {
      assertThat(field.renderAtResolution(9, 5).height()).isEqualTo(9);
    }
  }

  /** Each cell keeps its neighbourhood, also in tiles smaller than the margin. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 64})
  void theLatentInTilesIsThatOfTheWholeImage(int tile) {
    Path path = RandomModel.field(folder.resolve("field"), 4);
    RgbImage image = image(29, 18);
    try (ImageToField model = ImageToField.load(path);
        ImageField whole = model.encode(image);
        NDManager manager = NDManager.newBaseManager()) {
      NifFolder nif = NifFolder.load(path, Precision.FLOAT32, manager);
      EncodedImage encoded = new EncodedImage(nif.field().encoder(), image, manager);
      NDArray part = encoded.cells(2, 5, 27, 18, tile, manager);
      NDArray expected = whole.latent().get(":, :, 2:27, 5:18");
      Fixture.assertClose("cells", part.toFloatArray(), expected.toFloatArray(), 1e-5);
      int before = manager.getManagedArrays().size();
      encoded.cells(0, 0, 29, 18, tile, manager).close();
      assertThat(manager.getManagedArrays()).hasSize(before);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"FLOAT32", "BFLOAT16"})
  void aFieldEncodedWhereItIsRenderedHasThePixelsOfTheEncodedOne(Precision precision) {
    Path path = RandomModel.field(folder.resolve("field"), 4);
    RgbImage image = image(90, 70);
    LoadOptions options = LoadOptions.defaults().withPrecision(precision);
    double tolerance = precision == Precision.FLOAT32 ? 1e-4 : 0.05;
    try (ImageToField model = ImageToField.load(path, options);
        ImageField whole = model.encode(image);
        ImageField streamed = model.encodeWhereRendered(image)) {
      Fixture.assertClose(
          "image",
          streamed.renderAtResolution(333, 259).planes(),
          whole.renderAtResolution(333, 259).planes(),
          tolerance);
      Viewport part = new Viewport(0.4, 0.7, 0.5, 0.9);
      Fixture.assertClose(
          "part",
          streamed.renderRegion(part, 40, 61).planes(),
          whole.renderRegion(part, 40, 61).planes(),
          tolerance);
      assertThatThrownBy(streamed::latent)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("no whole latent");
    }
  }
}
