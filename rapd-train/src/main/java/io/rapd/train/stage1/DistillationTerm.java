package io.rapd.train.stage1;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.HostRead;
import io.rapd.core.torch.RandomStream;
import io.rapd.nif.distill.AdaptiveWeight;
import io.rapd.nif.distill.DistillationConfig;
import io.rapd.nif.distill.DistillationHead;
import io.rapd.nif.distill.SemanticDistillation;
import io.rapd.nif.encoder.EdsrEncoder;
import io.rapd.nif.teacher.SemanticTeacher;
import io.rapd.train.loop.LoopConfig;
import io.rapd.train.loop.Ranks;
import io.rapd.train.loop.StepTimes;

/** The term a * 0.1 * L_distill, where a balances its gradient against that of L_rec. */
final class DistillationTerm {
  private final DistillationConfig config;
  private final SemanticDistillation distillation;
  private final SemanticTeacher teacher;
  private final long seed;
  private final Ranks ranks;
  private final double share;

  DistillationTerm(
      DistillationConfig config, SemanticTeacher teacher, LoopConfig loop, Ranks ranks) {
    this.config = config;
    distillation = new SemanticDistillation(config);
    this.teacher = teacher;
    seed = loop.seed();
    this.ranks = ranks;
    share = ranks.weight(loop.batchSize());
  }

  /**
   * @param gradient of the weighted term with respect to z (B, C, R, R)
   * @param loss a * 0.1 * (cosine + distance)
   * @param cosine L_cos
   * @param distance L_dms
   * @param adaptiveWeight a
   */
  record Value(
      NDArray gradient, double loss, double cosine, double distance, double adaptiveWeight) {}

  /**
   * Computes the term and adds its gradients to the head's parameters.
   *
   * @param step from 1; with the seed it selects the positions to compare
   * @param inputs the encoder's input (B, 3, R, R)
   * @param latent z (B, C, R, R)
   * @param before the input of the encoder's last convolution
   * @param reconstruction dL_rec/dz (B, C, R, R)
   */
  Value backward(
      long step,
      NDArray inputs,
      NDArray latent,
      EdsrEncoder.BeforeLast before,
      NDArray reconstruction,
      Stage1Network network,
      StepTimes times) {
    DistillationHead head = network.head().orElseThrow();
    NDArray weight = network.encoder().lastWeight();
    NDManager scope = inputs.getManager();
    int rows = patches(inputs.getShape().get(2));
    int columns = patches(inputs.getShape().get(3));
    NDArray features;
    try (StepTimes.Timing timing = times.of(StepTimes.Phase.ENCODE)) {
      features = grid(teacher.patchTokens(inputs, rows, columns), rows, columns);
    }
    NDArray leaf = Autograd.leaf(latent);
    SemanticDistillation.Losses losses =
        distillation.losses(
            head.forward(leaf, rows, columns), // (B, D, rows, columns)
            features,
            RandomStream.of(seed, "distillation", step).generator());
    NDArray total = losses.total();
    try (StepTimes.Timing timing = times.of(StepTimes.Phase.BACKWARD)) {
      Autograd.backward(total);
    }
    try (GradMode plain = GradMode.disabled()) {
      NDArray gradient = Autograd.gradient(leaf, scope); // (B, C, R, R)
      double a =
          AdaptiveWeight.of(norm(reconstruction, before, weight), norm(gradient, before, weight));
      double factor = a * config.weight();
      for (NDArray parameter : head.values().values()) {
        Autograd.gradient(parameter, scope).muli(factor);
      }
      float[] read =
          HostRead.floats(NDArrays.stack(new NDList(total, losses.cosine(), losses.distance())));
      return new Value(gradient.mul(factor), factor * read[0], read[1], read[2], a);
    }
  }

  /** |dL/dtheta| over the batch, where theta are the weights of the encoder's last convolution. */
  private double norm(NDArray gradient, EdsrEncoder.BeforeLast before, NDArray weight) {
    if (ranks.count() == 1) {
      return AdaptiveWeight.weightGradientNorm(gradient, before.body(), weight);
    }
    try (NDArray own = AdaptiveWeight.weightGradient(gradient, before.body(), weight)) {
      own.muli((float) share);
      ranks.sum(own);
      return HostRead.scalar(own.norm());
    }
  }

  /** The teacher sees the encoder's input at its own size, in whole patches. */
  private int patches(long pixels) {
    return (int) Math.max(1, pixels / teacher.patchSize());
  }

  /** (B, N, D) to (B, D, rows, columns). */
  private static NDArray grid(NDArray tokens, int rows, int columns) {
    Shape shape = tokens.getShape();
    return tokens.transpose(0, 2, 1).reshape(new Shape(shape.get(0), shape.get(2), rows, columns));
  }
}
