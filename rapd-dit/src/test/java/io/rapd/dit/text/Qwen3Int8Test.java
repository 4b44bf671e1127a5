package io.rapd.dit.text;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.fixture.Bfloat16Test;
import io.rapd.core.nn.Weights;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

class Qwen3Int8Test {
  @TempDir Path folder;

  /** 256 wide: queries, keys, values, output and the three matrices of the MLP are int8. */
  @Bfloat16Test
  void statesAreCloseToThoseOfTheFullWeights() {
    Qwen3Folder.random(folder, 256);
    try (NDManager manager = NDManager.newBaseManager();
        Qwen3TextEncoder full = open(Precision.FLOAT32, Weights.FULL)) {
      NDArray exact = full.encode(List.of("red apple", ""), manager);
      float typical = exact.abs().mean().getFloat();
      for (Precision precision : Precision.values()) {
        try (Qwen3TextEncoder int8 = open(precision, Weights.INT8)) {
          assertThat(int8.provenance()).isEqualTo(full.provenance());
          NDArray error = int8.encode(List.of("red apple", ""), manager).sub(exact).abs();
          assertThat(error.mean().getFloat() / typical)
              .isBetween(1e-4f, precision == Precision.FLOAT32 ? 0.01f : 0.02f);
        }
      }
    }
  }

  private Qwen3TextEncoder open(Precision precision, Weights weights) {
    return Qwen3TextEncoder.open(folder, 10, precision, weights, Device.cpu());
  }
}
