package io.rapd.eval.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.eval.probe.LinearClassifier.Loss;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class LinearClassifierTest {
  private static final int IMAGES = 150;
  private static final int WIDTH = 12;
  private static final int CLASSES = 4;
  private static final double L2 = 0.02;

  private final INDArray classes = Nd4j.zeros(DataType.DOUBLE, IMAGES, CLASSES);
  private final INDArray features = features();

  /** Classes whose means differ by less than their spread, in correlated features. */
  private INDArray features() {
    Random random = new Random(3);
    INDArray all = Nd4j.zeros(DataType.DOUBLE, IMAGES, WIDTH);
    for (int i = 0; i < IMAGES; i++) {
      classes.putScalar(i, i % CLASSES, 1);
      double shared = random.nextGaussian();
      for (int d = 0; d < WIDTH; d++) {
        double mean = d % CLASSES == i % CLASSES ? 2 : 0;
        all.putScalar(i, d, 5 + (1 + d) * (mean + shared + random.nextGaussian()));
      }
    }
    return Standardization.of(all).apply(all);
  }

  @Test
  void featuresAreStandardised() {
    assertThat(features.mean(0).amaxNumber().doubleValue()).isLessThan(1e-12);
    assertThat(features.std(false, 0).sub(1).amaxNumber().doubleValue()).isLessThan(1e-12);
    INDArray constant = Nd4j.ones(DataType.DOUBLE, 3, 2);
    assertThat(Standardization.of(constant).apply(constant).amaxNumber().doubleValue()).isZero();
  }

  @Test
  void leastSquaresByDeeplearning4jIsTheClosedForm() {
    Ridge ridge = Ridge.fit(features, classes, L2);
    LinearClassifier fitted = LinearClassifier.fit(features, classes, Loss.SQUARES, L2);
    double difference = fitted.weights().sub(ridge.weights()).amaxNumber().doubleValue();
    assertThat(difference).isLessThan(1e-4 * ridge.weights().amaxNumber().doubleValue());
    assertThat(fitted.scores(features).sub(ridge.scores(features)).amaxNumber().doubleValue())
        .isLessThan(1e-4);
  }

  /** At the minimum the gradient of mean cross-entropy + l2 / 2 |W|² vanishes. */
  @Test
  void crossEntropyIsMinimised() {
    LinearClassifier fitted = LinearClassifier.fit(features, classes, Loss.CROSS_ENTROPY, L2);
    INDArray transposed = features.transpose();
    INDArray residual = fitted.scores(features).sub(classes).divi(IMAGES);
    INDArray gradient = transposed.mmul(residual).addi(fitted.weights().mul(L2));
    INDArray first = transposed.mmul(classes.rsub(1.0 / CLASSES)).divi(IMAGES);
    assertThat(gradient.amaxNumber().doubleValue())
        .isLessThan(2e-3 * first.amaxNumber().doubleValue());
  }

  @Test
  void theClosedFormSolvesItsEquations() {
    Ridge ridge = Ridge.fit(features, classes, L2);
    INDArray residual = ridge.scores(features).sub(classes);
    INDArray gradient =
        features.transpose().mmul(residual).muli(2.0 / IMAGES).addi(ridge.weights().mul(L2));
    assertThat(gradient.amaxNumber().doubleValue()).isLessThan(1e-12);
    assertThat(residual.mean(0).amaxNumber().doubleValue()).isLessThan(1e-12);
    INDArray twice = Nd4j.hstack(features, features);
    assertThatThrownBy(() -> Ridge.fit(twice, classes, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("linearly dependent");
  }
}
