package io.rapd.eval.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.core.torch.Precision;
import io.rapd.dit.DenoiserConfig;
import io.rapd.nif.encoder.EdsrConfig;
import io.rapd.nif.render.CqarConfig;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class FlopsTest {
  /** Where there is one token of each kind, nearly every weight is used once. */
  @Test
  void theDenoiserUsesEachWeightOncePerToken() {
    DenoiserConfig one = new DenoiserConfig(4, 8, 8, 64, 3, 4, 32, 4, 2, 48, 1);
    double weights = one.build(Precision.FLOAT32).parameterCount();
    assertThat(Flops.denoiser(one) / 2).isCloseTo(weights, Offset.offset(0.08 * weights));
  }

  @Test
  void attentionMakesTheLastPartGrowWithTheSquareOfTheTokens() {
    double[] flops = new double[3];
    for (int i = 0; i < 3; i++) {
      flops[i] = Flops.denoiser(new DenoiserConfig(3, 256 << i, 4, 64, 2, 4, 64, 4, 0, 64, 1));
    }
    assertThat(flops[2] / flops[1]).isBetween(14.0, 16.0);
    assertThat(flops[2] / flops[1]).isGreaterThan(flops[1] / flops[0]);
  }

  @Test
  void theRendererUsesEachWeightOncePerPixelBesidesAttention() {
    CqarConfig config = new CqarConfig(64, 4, 8, 4, 4);
    double weights = config.build(16, Precision.FLOAT32).parameterCount();
    double attention = 2.0 * 4 * 64 * 64; // blocks x window² x width, for scores and for values
    assertThat(Flops.renderer(config, 100) / 200)
        .isCloseTo(weights + attention, Offset.offset(0.05 * weights));
  }

  @Test
  void convolutionsUseEachWeightOncePerPixel() {
    EdsrConfig config = new EdsrConfig(8, 2, 1);
    double weights = config.build().parameterCount();
    assertThat(Flops.encoder(config, 50)).isEqualTo(100 * weights);
  }
}
