package io.rapd.dit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.torch.Precision;
import java.util.Map;

/** The denoiser of the golden files. */
public final class DenoiserFixtures {
  private DenoiserFixtures() {}

  /** The sizes in a case's metadata, and the ratio of the MLP in the shape of its weights. */
  private static DenoiserConfig config(Fixture fixture) {
    long[] down = fixture.shape("weights.blocks.0.mlp.w3.weight");
    return config(fixture.config(), Math.toIntExact(down[1] / down[0]));
  }

  /** The sizes under the names of the original's arguments. */
  static DenoiserConfig config(JsonNode node, int mlpRatio) {
    return new DenoiserConfig(
        node.get("in_channels").intValue(),
        node.get("input_size").intValue(),
        node.get("patch_size").intValue(),
        node.get("hidden_size").intValue(),
        node.get("num_blocks").intValue(),
        node.get("num_groups").intValue(),
        node.get("bottleneck_dim").intValue(),
        mlpRatio,
        node.get("num_text_blocks").intValue(),
        node.get("txt_embed_dim").intValue(),
        node.get("txt_max_length").intValue());
  }

  /** The denoiser with the stored weights, all of them used. */
  public static Denoiser load(NDManager manager, Precision precision) {
    Fixture fixture = Fixture.load("denoiser");
    Denoiser denoiser = config(fixture).build(precision);
    Map<String, NDArray> weights = new FixtureArrays(fixture, manager).weights();
    if (!weights.keySet().equals(denoiser.parameters().keySet())) {
      throw new AssertionError(
          "names differ: " + weights.keySet() + "\n" + denoiser.parameters().keySet());
    }
    denoiser.bind(weights);
    return denoiser;
  }
}
