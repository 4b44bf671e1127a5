package io.rapd.train.stage1;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.RandomStream;
import io.rapd.nif.distill.AdaptiveWeight;
import io.rapd.nif.distill.DistillationHead;
import io.rapd.nif.distill.SemanticDistillation;
import io.rapd.nif.encoder.EdsrEncoder;
import io.rapd.nif.teacher.SemanticTeacher;
import io.rapd.train.data.BatchLoader;
import io.rapd.train.data.MultiResolutionCrops;
import io.rapd.train.loop.Objective;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * L_stage1. The latent is made a leaf: L_rec and L_distill are propagated to it separately, the two
 * gradients' norms at the encoder's last convolution give the adaptive weight, and their weighted
 * sum goes through the encoder once.
 */
final class Stage1Objective implements Objective {
  private final Stage1Config config;
  private final Stage1Network network;
  private final Optional<SemanticTeacher> teacher;
  private final ReconstructionLoss reconstruction;
  private final SemanticDistillation distillation;
  private final BatchLoader<MultiResolutionCrops.Batch> batches;

  Stage1Objective(
      Stage1Config config,
      Stage1Network network,
      Optional<SemanticTeacher> teacher,
      ReconstructionLoss reconstruction,
      BatchLoader<MultiResolutionCrops.Batch> batches) {
    this.config = config;
    this.network = network;
    this.teacher = teacher;
    this.reconstruction = reconstruction;
    this.distillation = new SemanticDistillation(config.distillation());
    this.batches = batches;
  }

  @Override
  public Map<String, Double> gradients(long step, NDManager scope) {
    MultiResolutionCrops.Batch batch = batches.next();
    NDArray inputs = ImageTensors.stack(batch.inputs(), scope); // (B, 3, R, R)
    NDArray targets = ImageTensors.stack(batch.targets(), scope); // (B, 3, S, S)
    EdsrEncoder encoder = network.field().encoder();
    EdsrEncoder.BeforeLast before = encoder.beforeLast(inputs);
    NDArray latent = encoder.last(before); // (B, C, R, R)

    NDArray rendered = Autograd.leaf(latent);
    ReconstructionLoss.Value value = reconstruction.backward(rendered, targets);
    NDArray gradient = Autograd.gradient(rendered, scope); // (B, C, R, R)

    Map<String, Double> losses = new LinkedHashMap<>();
    losses.put("loss", value.total());
    losses.put("l1", value.l1());
    if (config.lpips().weight() > 0) {
      losses.put("lpips", value.lpips());
    }
    if (teacher.isPresent() && network.head().isPresent()) {
      gradient =
          distil(step, inputs, latent, before, gradient, teacher.get(), network.head().get(), losses);
    }
    Autograd.backward(latent, gradient, false);
    return losses;
  }

  /** Adds the distillation to the losses; the gradient of all of them with respect to z. */
  private NDArray distil(
      long step,
      NDArray inputs,
      NDArray latent,
      EdsrEncoder.BeforeLast before,
      NDArray gradient,
      SemanticTeacher semantics,
      DistillationHead head,
      Map<String, Double> losses) {
    NDManager scope = inputs.getManager();
    int rows = patches(inputs.getShape().get(2), semantics);
    int columns = patches(inputs.getShape().get(3), semantics);
    NDArray wanted = grid(semantics.patchTokens(inputs, rows, columns), rows, columns);
    NDArray pooled = Autograd.leaf(latent);
    SemanticDistillation.Losses values =
        distillation.losses(
            head.forward(pooled, rows, columns), // (B, D, rows, columns)
            wanted,
            RandomStream.of(config.loop().seed(), "distillation", step).generator());
    NDArray total = values.total();
    Autograd.backward(total);
    NDArray towardsTeacher = Autograd.gradient(pooled, scope);
    try (GradMode plain = GradMode.disabled()) {
      double adaptive = adaptiveWeight(gradient, towardsTeacher, before);
      double factor = adaptive * config.distillation().weight();
      for (NDArray parameter : head.values().values()) {
        Autograd.gradient(parameter, scope).muli(factor);
      }
      losses.put("loss", losses.get("loss") + factor * total.getFloat());
      losses.put("cosine", (double) values.cosine().getFloat());
      losses.put("distance", (double) values.distance().getFloat());
      losses.put("adaptiveWeight", adaptive);
      return gradient.add(towardsTeacher.mul(factor));
    }
  }

  private double adaptiveWeight(
      NDArray reconstructed, NDArray distilled, EdsrEncoder.BeforeLast before) {
    NDArray input = Autograd.detach(before.body());
    NDArray theta = Autograd.detach(network.field().encoder().lastWeight());
    double ofReconstruction = AdaptiveWeight.weightGradientNorm(reconstructed, input, theta);
    double ofDistillation = AdaptiveWeight.weightGradientNorm(distilled, input, theta);
    theta.close();
    return AdaptiveWeight.of(ofReconstruction, ofDistillation);
  }

  /** The teacher sees the encoder's input as large as it is, in whole patches. */
  private static int patches(long pixels, SemanticTeacher teacher) {
    return (int) Math.max(1, pixels / teacher.patchSize());
  }

  /** (B, N, D) to (B, D, rows, columns). */
  private static NDArray grid(NDArray tokens, int rows, int columns) {
    Shape shape = tokens.getShape();
    return tokens.transpose(0, 2, 1).reshape(new Shape(shape.get(0), shape.get(2), rows, columns));
  }
}
