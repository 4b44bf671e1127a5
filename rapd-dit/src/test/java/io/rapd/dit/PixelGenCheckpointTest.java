package io.rapd.dit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.torch.TorchSave;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PixelGenCheckpointTest {
  private static final DenoiserConfig SIZES =
      new DenoiserConfig(3, 24, 8, 16, 3, 4, 6, 2, 2, 10, 7);

  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void otherSizesComeFromTheShapesToo() {
    Map<String, NDArray> weights = weights("ema_denoiser.");
    Path path = TorchSave.zip(folder.resolve("p.ckpt"), weights);
    try (PixelGenCheckpoint checkpoint = PixelGenCheckpoint.open(path)) {
      assertThat(checkpoint.config()).isEqualTo(SIZES);
      Denoiser denoiser = checkpoint.load(Precision.FLOAT32, manager);
      denoiser
          .values()
          .forEach(
              (name, value) ->
                  assertThat(value)
                      .as(name)
                      .isEqualTo(weights.get("state_dict.ema_denoiser." + name)));
    }
  }

  @Test
  void checkpointsOfOtherModelsAreRefused() {
    refuses(weights("denoiser."), "holds trained weights (denoiser.) without averages");
    refuses(Map.of("conv1.weight", manager.ones(new Shape(2))), "its first tensor is conv1.weight");
    refusesWith("y_embedder.embedding_table.weight", new Shape(1001, 16), "conditioned on classes");
    refusesWith(
        "blocks.1.mlp.w12.weight",
        new Shape(64, 8),
        "p.ckpt: tensor state_dict.ema_denoiser.blocks.1.mlp.w12.weight must be (64, 16), got (64, 8)");
    refusesWith("pos_embed", new Shape(1, 8, 16), "must have a square of patches, got (1, 8, 16)");
    refusesWith("x_embedder.proj1.weight", new Shape(6, 64), "patch columns, got (6, 64)");
    refusesWith("blocks.0.attn.q_norm.weight", new Shape(5), "a divisor of the width 16");
    refusesWith("x_embedder.proj2.weight", new Shape(16), "must have 2 axes, got (16)");
    refusesWith("head.weight", new Shape(2), "head.weight is not part of this model");
  }

  private void refusesWith(String name, Shape shape, String message) {
    Map<String, NDArray> weights = weights("ema_denoiser.");
    weights.put("state_dict.ema_denoiser." + name, manager.ones(shape));
    refuses(weights, message);
  }

  private void refuses(Map<String, NDArray> weights, String message) {
    Path path = TorchSave.zip(folder.resolve("p.ckpt"), weights);
    assertThatThrownBy(() -> PixelGenCheckpoint.open(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("p.ckpt")
        .hasMessageContaining(message);
  }

  private Map<String, NDArray> weights(String net) {
    Denoiser denoiser = SIZES.build(Precision.FLOAT32);
    denoiser.initialize(manager, 3);
    Map<String, NDArray> weights = new TreeMap<>();
    denoiser.values().forEach((name, value) -> weights.put("state_dict." + net + name, value));
    weights.put("state_dict.diffusion_trainer.proj.0.weight", manager.ones(new Shape(2, 2)));
    return weights;
  }
}
