package io.rapd.train.stage1;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.torch.Autograd;
import io.rapd.nif.encoder.EdsrEncoder;
import io.rapd.train.data.BatchLoader;
import io.rapd.train.data.MultiResolutionCrops;
import io.rapd.train.loop.Objective;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * L_stage1. The latent is cut off: L_rec and L_distill are propagated to it separately, the two
 * gradients' norms at the encoder's last convolution give the adaptive weight, and their weighted
 * sum goes through the encoder once.
 */
final class Stage1Objective implements Objective {
  private final EdsrEncoder encoder;
  private final ReconstructionLoss reconstruction;
  private final Optional<DistillationTerm> distillation;
  private final BatchLoader<MultiResolutionCrops.Batch> batches;

  Stage1Objective(
      EdsrEncoder encoder,
      ReconstructionLoss reconstruction,
      Optional<DistillationTerm> distillation,
      BatchLoader<MultiResolutionCrops.Batch> batches) {
    this.encoder = encoder;
    this.reconstruction = reconstruction;
    this.distillation = distillation;
    this.batches = batches;
  }

  @Override
  public Map<String, Double> gradients(long step, NDManager scope) {
    MultiResolutionCrops.Batch batch = batches.next();
    NDArray inputs = ImageTensors.stack(batch.inputs(), scope); // (B, 3, R, R)
    NDArray targets = ImageTensors.stack(batch.targets(), scope); // (B, 3, S, S)
    EdsrEncoder.BeforeLast before = encoder.beforeLast(inputs);
    NDArray latent = encoder.last(before); // (B, C, R, R)

    ReconstructionLoss.Value value = reconstruction.backward(Autograd.detach(latent), targets);
    NDArray gradient = value.gradient(); // (B, C, R, R)
    double loss = value.total();
    Map<String, Double> parts = new TreeMap<>(value.parts());

    if (distillation.isPresent()) {
      DistillationTerm.Value term =
          distillation.get().backward(step, inputs, latent, before, gradient);
      gradient = gradient.add(term.gradient());
      loss += term.loss();
      parts.put("cosine", term.cosine());
      parts.put("distance", term.distance());
      parts.put("adaptiveWeight", term.adaptiveWeight());
    }
    Autograd.backward(latent, gradient, false);

    Map<String, Double> losses = new LinkedHashMap<>();
    losses.put("loss", loss);
    losses.putAll(parts);
    return losses;
  }
}
