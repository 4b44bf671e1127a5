package io.rapd.nif;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.config.ConfigException;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.grid.Region;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import io.rapd.nif.encoder.EdsrConfig;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PixelSpaceTest {
  private final NDManager manager = NDManager.newBaseManager();
  private final NeuralImageField field = NifFolder.pixels().field();
  private final NDArray image =
      RandomStream.of(1, "image", 0).normal(manager, new Shape(2, 3, 5, 7));

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void latentAndRenderingAreTheImage() {
    NDArray latent = field.encode(image);
    assertThat(latent).isEqualTo(image).isNotSameAs(image);
    PixelGrid own = new PixelGrid(5, 7);
    assertThat(field.render(latent, own, own.whole())).isEqualTo(image);
    assertThat(LatentStatistics.identity(3).normalize(latent)).isEqualTo(image);
    Region part = new Region(1, 2, 3, 4);
    assertThat(field.render(latent, own, part))
        .isEqualTo(
            image.get(
                message(
                    ":, :, %d:%d, %d:%d", part.top(), part.bottom(), part.left(), part.right())));
  }

  @Test
  void renderingLeavesTheResultAlone() {
    int before = manager.getManagedArrays().size();
    PixelGrid own = new PixelGrid(5, 7);
    field.render(image, own, own.whole()).close();
    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  @Test
  void otherSizesAndChannelsAreRefused() {
    PixelGrid other = new PixelGrid(7, 5);
    assertThatThrownBy(() -> field.render(image, other, other.whole()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("height 5 and width 7, got height 7 and width 5");
    assertThatThrownBy(() -> field.encode(manager.ones(new Shape(1, 4, 2, 2))))
        .hasMessage("image must be (B, 3, H, W), got (1, 4, 2, 2)");
  }

  @Test
  void theFolderReadsBack(@TempDir Path folder) {
    NifFolder pixels = NifFolder.pixels();
    NifFolder.write(folder.resolve("nif"), pixels.description(), pixels.field().values());
    NifFolder read = NifFolder.load(folder.resolve("nif"), Precision.FLOAT32, manager);
    assertThat(read.description()).isEqualTo(pixels.description());
    assertThat(read.description().nif().pixelSpace()).isTrue();
    assertThat(read.field().encode(image)).isEqualTo(image);
  }

  @Test
  void anEncoderWithoutTypeIsEdsr() {
    String cqar =
        "{\"type\": \"cqar\", \"width\": 8, \"heads\": 2, \"window\": 4, \"blocks\": 1,"
            + " \"expansion\": 2}";
    String edsr = "{\"channels\": 4, \"blocks\": 2, \"residualScale\": 1.0}";
    NifConfig config = parse(edsr, cqar);
    assertThat(config.encoder()).isEqualTo(new EdsrConfig(4, 2, 1));
    assertThat(ConfigFile.parse("x", ConfigFile.write(config), NifConfig.class, List.of()))
        .isEqualTo(config);
    assertThat(parse("{\"type\": \"pixels\"}", cqar).encoder().channels()).isEqualTo(3);
    assertThatThrownBy(() -> parse(edsr, "{\"type\": \"pixels\"}"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("nif.renderer of type pixels needs nif.encoder of type pixels");
    assertThatThrownBy(() -> parse("{\"type\": \"vae\"}", cqar))
        .hasMessageContaining("field \"type\" must be one of edsr, pixels");
    assertThatThrownBy(() -> parse("{\"type\": \"pixels\", \"channels\": 3}", cqar))
        .hasMessageContaining("channels: unknown field");
  }

  private static NifConfig parse(String encoder, String renderer) {
    return ConfigFile.parse(
        "nif.json",
        message("{\"encoder\": %s, \"renderer\": %s}", encoder, renderer),
        NifConfig.class,
        List.of());
  }
}
