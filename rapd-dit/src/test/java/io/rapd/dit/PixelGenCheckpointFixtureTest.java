package io.rapd.dit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.checkpoint.torch.TorchFile;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PixelGenCheckpointFixtureTest {
  /** {@code JiT_T2I}'s own, which no argument changes. */
  private static final int MLP_RATIO = 4;

  @Test
  void sizesComeFromTheShapesAndTheAveragesAreLoaded() {
    JsonNode config = Fixture.load("pixelgen_sampling").config();
    Path path = Fixture.file(config.get("checkpoint").textValue());
    try (PixelGenCheckpoint checkpoint = PixelGenCheckpoint.open(path);
        TorchFile file = TorchFile.open(path);
        NDManager manager = NDManager.newBaseManager()) {
      assertThat(checkpoint.config())
          .isEqualTo(DenoiserFixtures.config(config.get("model"), MLP_RATIO));
      Denoiser denoiser = checkpoint.load(Precision.FLOAT32, manager);
      String name = "blocks.0.attn.kv_y.weight";
      float[] loaded = denoiser.values().get(name).toFloatArray();
      assertThat(loaded)
          .isEqualTo(file.read("state_dict.ema_denoiser." + name, manager).toFloatArray())
          .isNotEqualTo(file.read("state_dict.denoiser." + name, manager).toFloatArray());
    }
  }
}
