package io.rapd.eval.probe;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.nd4j.linalg.schedule.ExponentialSchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/**
 * A linear classifier of Deeplearning4j: one output layer, fitted to all training images at once in
 * float64. The objective is the mean loss of an image plus {@code l2 / 2} times the sum of the
 * squared weights; both losses make it convex, so that the start does not matter.
 */
final class LinearClassifier {
  /** What is minimised. */
  enum Loss {
    /** Softmax and cross-entropy, the usual probe. */
    CROSS_ENTROPY(Activation.SOFTMAX, LossFunction.MCXENT),
    /** The sum of squares of differences from 0 and 1, whose minimum {@link Ridge} solves for. */
    SQUARES(Activation.IDENTITY, LossFunction.L2);

    private final Activation activation;
    private final LossFunction function;

    Loss(Activation activation, LossFunction function) {
      this.activation = activation;
      this.function = function;
    }
  }

  private static final int STEPS = 600;
  private static final double RATE = 0.05;

  /** The learning rate ends at a two-hundredth of its first value. */
  private static final double DECAY = Math.pow(1.0 / 200, 1.0 / STEPS);

  private final MultiLayerNetwork network;

  private LinearClassifier(MultiLayerNetwork network) {
    this.network = network;
  }

  /**
   * Fits a classifier.
   *
   * @param features (n, D), standardised, float64
   * @param classes (n, K), 1 for the class of an image, otherwise 0
   */
  static LinearClassifier fit(INDArray features, INDArray classes, Loss loss, double l2) {
    OutputLayer layer =
        new OutputLayer.Builder(loss.function)
            .nIn(features.size(1))
            .nOut(classes.size(1))
            .activation(loss.activation)
            .weightInit(WeightInit.ZERO)
            .build();
    MultiLayerNetwork network =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .dataType(DataType.DOUBLE)
                .updater(new Adam(new ExponentialSchedule(ScheduleType.ITERATION, RATE, DECAY)))
                .l2(l2)
                .list()
                .layer(layer)
                .build());
    network.init();
    DataSet all = new DataSet(features, classes);
    for (int step = 0; step < STEPS; step++) {
      network.fit(all);
    }
    return new LinearClassifier(network);
  }

  /** Scores (n, K), the largest for the predicted class. */
  INDArray scores(INDArray features) {
    return network.output(features, false);
  }

  /** Weights (D, K). */
  INDArray weights() {
    return network.getLayer(0).getParam("W");
  }
}
