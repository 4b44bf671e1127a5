package io.rapd.nif.encoder;

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
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.layers.convolution.config.Conv2DConfig;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A second opinion on the encoder and its gradients, in float64 with an autograd written by others.
 * SameDiff's kernels are (height, width, in, out); ours, as PyTorch's, (out, in, height, width).
 */
class EdsrEncoderSameDiffTest {
  private static final int BATCH = 2;
  private static final int HEIGHT = 5;
  private static final int WIDTH = 7;
  private static final double TOLERANCE = 1e-5;

  private final SameDiff graph = SameDiff.create();
  private final List<SDVariable> beforeRelu = new ArrayList<>();

  @Test
  void latentAndGradientsAgreeWithSameDiff() {
    assertAgreement(new EdsrConfig(4, 2, 0.5));
  }

  @Test
  void latentAndGradientsOfBlocksWiderThanTheLatentAgreeWithSameDiff() {
    assertAgreement(new EdsrConfig(3, 2, 1, 5));
  }

  private void assertAgreement(EdsrConfig config) {
    try (NDManager manager = NDManager.newBaseManager()) {
      EdsrEncoder encoder = new EdsrEncoder(config, Precision.FLOAT32);
      encoder.initialize(manager, 1);
      encoder
          .values()
          .forEach(
              (name, value) -> {
                NDArray noise = normal(manager, name, value.getShape().getShape());
                value.set(new NDIndex("..."), noise.mul(0.3));
              });
      Map<String, NDArray> weights = encoder.trainedValues();
      NDArray image = Autograd.leaf(normal(manager, "image", BATCH, 3, HEIGHT, WIDTH));
      NDArray weighting = normal(manager, "weighting", BATCH, config.channels(), HEIGHT, WIDTH);
      NDArray latent;
      try (GradMode recording = GradMode.enabled()) {
        latent = encoder.forward(image);
        Autograd.backward(latent.mul(weighting).sum());
      }

      SDVariable expected = build(config, image, weights);
      expected.mul(graph.constant(widened(weighting))).sum("loss");
      graph.setLossVariables("loss");
      assertClose("latent", latent, expected.eval());
      for (SDVariable unit : beforeRelu) { // else rounding decides which side of the kink it is
        double[] values = unit.eval().dup('c').data().asDouble();
        assertThat(DoubleStream.of(values)).noneMatch(u -> Math.abs(u) < 1e-5);
      }
      List<String> names = new ArrayList<>(weights.keySet());
      names.add("image");
      Map<String, INDArray> gradients;
      try (SilentOutput silent = new SilentOutput()) {
        gradients = graph.calculateGradients(Map.of(), names);
      }
      assertThat(gradients).hasSize(2 * (2 * config.blocks() + 2) + 1);
      for (String name : names) {
        NDArray ours = name.equals("image") ? image : weights.get(name);
        INDArray theirs = gradients.get(name);
        assertClose(
            "gradient of " + name,
            Autograd.gradient(ours, manager),
            name.endsWith(".weight") ? theirs.permute(3, 2, 0, 1) : theirs);
      }
    }
  }

  private SDVariable build(EdsrConfig config, NDArray image, Map<String, NDArray> weights) {
    SDVariable head = conv(graph.var("image", widened(image)), "head.0", weights);
    SDVariable x = head;
    for (int block = 0; block < config.blocks(); block++) {
      SDVariable inner = conv(x, "body." + block + ".body.0", weights);
      beforeRelu.add(inner);
      SDVariable branch = conv(graph.nn.relu(inner, 0), "body." + block + ".body.2", weights);
      x = x.add(branch.mul(config.residualScale()));
    }
    String last = "body." + config.blocks();
    return config.width() == 0
        ? conv(x, last, weights).add(head)
        : conv(x.add(head), last, weights);
  }

  /** 3x3 with a border of zeros. */
  private SDVariable conv(SDVariable x, String name, Map<String, NDArray> weights) {
    INDArray kernel = widened(weights.get(name + ".weight")).permute(2, 3, 1, 0).dup('c');
    return graph.cnn.conv2d(
        x,
        graph.var(name + ".weight", kernel),
        graph.var(name + ".bias", widened(weights.get(name + ".bias"))),
        Conv2DConfig.builder().kH(3).kW(3).pH(1).pW(1).build());
  }

  private static INDArray widened(NDArray array) {
    return Nd4j.createFromArray(widened(array.toFloatArray())).reshape(array.getShape().getShape());
  }

  private static double[] widened(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  private static NDArray normal(NDManager manager, String purpose, long... shape) {
    return RandomStream.of(3, purpose, 0).normal(manager, new Shape(shape));
  }

  private static void assertClose(String what, NDArray got, INDArray expected) {
    assertThat(expected.shape()).as(what).isEqualTo(got.getShape().getShape());
    double[] values = expected.dup('c').data().asDouble();
    Fixture.assertClose(what, widened(got.toFloatArray()), values, TOLERANCE);
  }
}
