package io.rapd.dit.block;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.SilentOutput;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A second opinion on an image block's attention, in float64 with an autograd written by others.
 * One sample, so that every tensor is a matrix: selection matrices take heads apart, a
 * sign-swapping matrix rotates pairs. The feed-forward half is gated off.
 */
class ImageBlockSameDiffTest {
  private static final int WIDTH = 16;
  private static final int HEADS = 2;
  private static final int HEAD = WIDTH / HEADS;
  private static final int ROWS = 2;
  private static final int COLUMNS = 3;
  private static final int TEXT = 4;

  private final SameDiff graph = SameDiff.create();

  @Test
  void attentionAndItsGradientsAgreeWithSameDiff() {
    try (NDManager manager = NDManager.newBaseManager()) {
      ImageBlock block = new ImageBlock(WIDTH, HEADS, 2, Precision.FLOAT32);
      block.initialize(manager, 5);
      fillWithNoise(block.values(), manager);
      Map<String, NDArray> inputs = new LinkedHashMap<>();
      inputs.put("x", Autograd.leaf(normal(manager, "x", ROWS * COLUMNS, WIDTH)));
      inputs.put("y", Autograd.leaf(normal(manager, "y", TEXT, WIDTH)));
      block.trainedValues().forEach(inputs::put);
      NDArray table = new RotaryTable(HEAD).on(manager, ROWS, COLUMNS);
      NDArray weighting = normal(manager, "weighting", ROWS * COLUMNS, WIDTH);

      NDArray output;
      try (GradMode recording = GradMode.enabled()) {
        output =
            block.forward(
                inputs.get("x").expandDims(0),
                inputs.get("y").expandDims(0),
                manager.zeros(new Shape(1, WIDTH)),
                table);
        Autograd.backward(output.squeeze(0).mul(weighting).sum());
      }

      SDVariable expected = build(inputs, table);
      expected.mul(constant(weighting)).sum("loss");
      graph.setLossVariables("loss");
      assertClose("output", output, expected.eval());
      List<String> names =
          List.of(
              "x",
              "y",
              "norm1.weight",
              "attn.qkv_x.weight",
              "attn.kv_y.weight",
              "attn.q_norm.weight",
              "attn.k_norm.weight",
              "attn.proj.weight",
              "attn.proj.bias");
      Map<String, INDArray> gradients;
      try (SilentOutput silent = new SilentOutput()) {
        gradients = graph.calculateGradients(Map.of(), names);
      }
      for (String name : names) {
        assertClose(
            "gradient of " + name,
            Autograd.gradient(inputs.get(name), manager),
            gradients.get(name));
      }
      assertThat(gradients).hasSize(names.size());
    }
  }

  /** Random values everywhere, but a zero gate on the feed-forward half. */
  private static void fillWithNoise(Map<String, NDArray> values, NDManager manager) {
    values.forEach(
        (name, value) -> {
          NDArray noise = normal(manager, name, value.getShape().getShape());
          boolean norm = name.contains("norm");
          value.set(new NDIndex("..."), norm ? noise.mul(0.2).add(1) : noise.mul(0.4));
        });
    values.get("adaLN_modulation.0.bias").set(new NDIndex(5 * WIDTH + ":"), 0);
  }

  private SDVariable build(Map<String, NDArray> inputs, NDArray table) {
    SDVariable x = variable("x", inputs);
    SDVariable y = variable("y", inputs);
    SDVariable qkv = variable("attn.qkv_x.weight", inputs);
    SDVariable kv = variable("attn.kv_y.weight", inputs);
    SDVariable queryNorm = variable("attn.q_norm.weight", inputs);
    SDVariable keyNorm = variable("attn.k_norm.weight", inputs);
    // The condition is zero, so that the modulation is its bias.
    NDArray modulation = inputs.get("adaLN_modulation.0.bias").reshape(6, WIDTH);
    SDVariable shift = constant(modulation.get("0:1"));
    SDVariable scale = constant(modulation.get("1:2").add(1));
    SDVariable gate = constant(modulation.get("2:3"));
    SDVariable cosines = constant(table.get("..., 0").repeat(1, 2));
    SDVariable sines = constant(table.get("..., 1").repeat(1, 2));

    SDVariable u = normalized(x).mul(variable("norm1.weight", inputs)).mul(scale).add(shift);
    List<SDVariable> heads = new ArrayList<>();
    for (int head = 0; head < HEADS; head++) {
      SDVariable q = normalized(times(u, rows(qkv, head * HEAD, 3 * WIDTH))).mul(queryNorm);
      SDVariable k = normalized(times(u, rows(qkv, WIDTH + head * HEAD, 3 * WIDTH))).mul(keyNorm);
      SDVariable v = times(u, rows(qkv, 2 * WIDTH + head * HEAD, 3 * WIDTH));
      SDVariable textK = normalized(times(y, rows(kv, head * HEAD, 2 * WIDTH))).mul(keyNorm);
      SDVariable textV = times(y, rows(kv, WIDTH + head * HEAD, 2 * WIDTH));
      SDVariable keys = graph.concat(0, rotated(k, cosines, sines), textK);
      SDVariable values = graph.concat(0, v, textV);
      SDVariable scores = times(rotated(q, cosines, sines), keys).mul(1 / Math.sqrt(HEAD));
      heads.add(graph.nn.softmax(scores, 1).mmul(values));
    }
    SDVariable joined = graph.concat(1, heads.toArray(new SDVariable[0]));
    SDVariable projected =
        times(joined, variable("attn.proj.weight", inputs)).add(variable("attn.proj.bias", inputs));
    return x.add(gate.mul(projected));
  }

  private SDVariable normalized(SDVariable x) {
    SDVariable meanSquare = x.mul(x).mean(true, 1);
    return x.div(graph.math.sqrt(meanSquare.add(1e-6)));
  }

  /** a bᵀ. */
  private SDVariable times(SDVariable a, SDVariable b) {
    return a.mmul(graph.transpose(b));
  }

  /** HEAD rows of a weight. */
  private SDVariable rows(SDVariable weight, int first, int all) {
    INDArray selection = Nd4j.zeros(DataType.DOUBLE, HEAD, all);
    for (int i = 0; i < HEAD; i++) {
      selection.putScalar(i, first + i, 1);
    }
    return graph.constant(selection).mmul(weight);
  }

  /** (a, b) to (a cos - b sin, a sin + b cos) for each adjacent pair of channels. */
  private SDVariable rotated(SDVariable x, SDVariable cosines, SDVariable sines) {
    INDArray quarterTurn = Nd4j.zeros(DataType.DOUBLE, HEAD, HEAD);
    for (int pair = 0; pair < HEAD; pair += 2) {
      quarterTurn.putScalar(pair + 1, pair, -1);
      quarterTurn.putScalar(pair, pair + 1, 1);
    }
    return x.mul(cosines).add(x.mmul(graph.constant(quarterTurn)).mul(sines));
  }

  private SDVariable variable(String name, Map<String, NDArray> inputs) {
    return graph.var(name, widened(inputs.get(name)));
  }

  private SDVariable constant(NDArray array) {
    return graph.constant(widened(array));
  }

  /** In float64; vectors become rows. */
  private static INDArray widened(NDArray array) {
    float[] values = array.toFloatArray();
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    long columns = array.getShape().get(array.getShape().dimension() - 1);
    return Nd4j.createFromArray(wide).reshape(wide.length / columns, columns);
  }

  private static NDArray normal(NDManager manager, String purpose, long... shape) {
    return RandomStream.of(2, purpose, 0).normal(manager, new Shape(shape));
  }

  private static void assertClose(String what, NDArray got, INDArray expected) {
    float[] floats = got.toFloatArray();
    double[] wide = new double[floats.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = floats[i];
    }
    Fixture.assertClose(what, wide, expected.dup('c').data().asDouble(), 2e-6);
  }
}
