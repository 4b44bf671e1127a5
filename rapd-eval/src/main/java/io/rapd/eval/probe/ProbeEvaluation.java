package io.rapd.eval.probe;

import static io.rapd.core.config.Check.check;

import io.rapd.core.image.RgbImage;
import io.rapd.eval.latent.PooledLatents;
import io.rapd.eval.probe.LabelledSet.Member;
import io.rapd.infer.ImageToField;
import io.rapd.train.data.CentreSquare;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntConsumer;
import org.nd4j.evaluation.classification.Evaluation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A linear probe: how well the class of an image is found from its pooled latents alone. Fitted on
 * the training split, measured on all other images. The images' pixels, pooled in the same way, are
 * what latents are compared with.
 */
public final class ProbeEvaluation {
  private final ImageCache images;
  private final LabelledSet set;
  private final int grid;
  private final double l2;

  /**
   * A probe.
   *
   * @param source all splits of the set
   * @param size pixels per side at which images are encoded, their central squares
   * @param grid cells per side over which latents are averaged
   * @param l2 weight of the squared weights
   * @throws IllegalArgumentException naming the value that cannot be used
   */
  public ProbeEvaluation(ImageTextSource source, Labels labels, int size, int grid, double l2) {
    check(
        grid >= 1 && size >= grid && size % grid == 0,
        "the size (%d) must be a multiple of the %d cells per side of pooled latents",
        size,
        grid);
    check(l2 >= 0 && Double.isFinite(l2), "l2 must be 0 or positive, got %s", l2);
    this.images = new ImageCache(source, ImageCache.heapShare(), new CentreSquare(size));
    this.set = new LabelledSet(source, labels);
    this.grid = grid;
    this.l2 = l2;
  }

  /** The probe of pixels, averaged over the cells of the grid. */
  public ProbeResult pixels(IntConsumer listener) {
    return measure("pixels", this::pooled, listener);
  }

  /** The probe of a model's latents. */
  public ProbeResult latents(String name, ImageToField model, IntConsumer listener) {
    PooledLatents pooling = new PooledLatents(model.description().statistics(), grid);
    return measure(name, image -> pooling.of(image, model), listener);
  }

  private float[] pooled(RgbImage image) {
    int cell = image.height() / grid;
    float[] means = new float[RgbImage.CHANNELS * grid * grid];
    float[] planes = image.planes();
    for (int i = 0; i < planes.length; i++) {
      int row = i / image.width() % image.height();
      int channel = i / (image.width() * image.height());
      means[(channel * grid + row / cell) * grid + i % image.width() / cell] += planes[i];
    }
    for (int i = 0; i < means.length; i++) {
      means[i] /= cell * cell;
    }
    return means;
  }

  private ProbeResult measure(
      String name, Function<RgbImage, float[]> features, IntConsumer listener) {
    INDArray training = matrix(set.training(), features, 0, listener);
    INDArray heldOut = matrix(set.heldOut(), features, set.training().size(), listener);
    Standardization scale = Standardization.of(training);
    INDArray x = scale.apply(training);
    INDArray y = set.oneHot(set.training());
    LinearClassifier classifier =
        LinearClassifier.fit(x, y, LinearClassifier.Loss.CROSS_ENTROPY, l2);
    INDArray asked = scale.apply(heldOut);
    INDArray truth = set.oneHot(set.heldOut());
    Evaluation evaluation = evaluation(truth, classifier.scores(asked));
    double ridge = evaluation(truth, Ridge.fit(x, y, l2).scores(asked)).accuracy();
    return new ProbeResult(name, (int) training.size(1), evaluation, ridge);
  }

  private Evaluation evaluation(INDArray truth, INDArray scores) {
    Evaluation evaluation = new Evaluation(set.classes());
    evaluation.eval(truth, scores);
    return evaluation;
  }

  private INDArray matrix(
      List<Member> members, Function<RgbImage, float[]> features, int done, IntConsumer listener) {
    double[][] rows = new double[members.size()][];
    for (int i = 0; i < rows.length; i++) {
      float[] vector = features.apply(images.image(members.get(i).index()));
      rows[i] = new double[vector.length];
      for (int d = 0; d < vector.length; d++) {
        rows[i][d] = vector[d];
      }
      listener.accept(done + i + 1);
    }
    return Nd4j.createFromArray(rows);
  }

  /** The number of images that have a class. */
  public int count() {
    return set.training().size() + set.heldOut().size();
  }

  LabelledSet set() {
    return set;
  }
}
