package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.GradMode;
import io.rapd.dit.flow.Solver.StepListener;
import io.rapd.dit.text.TextEncoder;
import java.util.List;
import java.util.function.ObjIntConsumer;

/**
 * Samples normalised latents z~ (paper section 3.3): noise at t = 0 follows the guided velocity to
 * t = 1. Training previews, generation and {@code rapd info} all use this class, so a seed means
 * the same noise in each of them.
 *
 * @param network the denoiser
 * @param latentShape (C, R, R)
 * @param flow meaning of the network's output, and the time shift
 * @param sampling solver, number of steps and guidance
 * @param seed of the noise
 */
public record LatentSampler(
    DenoisingNetwork network,
    Shape latentShape,
    FlowConfig flow,
    SamplingConfig sampling,
    long seed) {
  /** The largest number of prompts in one batch; bounds the memory of the activations. */
  public static final int PROMPTS_PER_BATCH = 4;

  /** Samples the latents of a batch of text states (B, L, T). */
  private interface Batch {
    NDArray sample(NDArray text, NDArray negative, StepListener listener);
  }

  /**
   * Samples one latent per prompt, in batches of at most {@link #PROMPTS_PER_BATCH}. All prompts
   * start from the same noise. A prompt gives the same latent alone and among others, up to the
   * rounding of batched arithmetic.
   *
   * @param prompts at least one
   * @param negativePrompt the unconditional branch of guidance; usually empty
   * @param manager owns the arrays of a batch while it runs
   * @param listener called after each step; steps are counted over all batches
   * @param receiver called with each latent (1, C, R, R), valid during the call, and the index of
   *     its prompt, in order
   * @throws java.util.concurrent.CancellationException if the listener stops the sampling
   */
  public void sample(
      TextEncoder encoder,
      List<String> prompts,
      String negativePrompt,
      NDManager manager,
      StepListener listener,
      ObjIntConsumer<NDArray> receiver) {
    sample(encoder, prompts, negativePrompt, manager, listener, receiver, this::sample);
  }

  /**
   * As {@link #sample(TextEncoder, List, String, NDManager, StepListener, ObjIntConsumer)}, but
   * every prompt edits the same latent.
   */
  public void edit(
      LatentEdit edit,
      TextEncoder encoder,
      List<String> prompts,
      String negativePrompt,
      NDManager manager,
      StepListener listener,
      ObjIntConsumer<NDArray> receiver) {
    Batch batch = (text, negative, counting) -> edit(edit, text, negative, counting);
    sample(encoder, prompts, negativePrompt, manager, listener, receiver, batch);
  }

  private static void sample(
      TextEncoder encoder,
      List<String> prompts,
      String negativePrompt,
      NDManager manager,
      StepListener listener,
      ObjIntConsumer<NDArray> receiver,
      Batch sampler) {
    check(!prompts.isEmpty(), "expected at least one prompt, got none");
    int batches = (prompts.size() + PROMPTS_PER_BATCH - 1) / PROMPTS_PER_BATCH;
    for (int batch = 0; batch < batches; batch++) {
      int before = batch;
      int from = batch * PROMPTS_PER_BATCH;
      int to = Math.min(from + PROMPTS_PER_BATCH, prompts.size());
      try (NDManager scope = manager.newSubManager()) {
        NDArray text = encode(encoder, prompts.subList(from, to), scope); // (B, L, T)
        NDArray negative = encode(encoder, List.of(negativePrompt), scope); // (1, L, T)
        StepListener counting =
            (done, steps, latent) ->
                listener.afterStep(before * steps + done, batches * steps, latent);
        NDList latents = sampler.sample(text, negative, counting).split(to - from);
        for (int i = from; i < to; i++) {
          receiver.accept(latents.get(i - from), i);
        }
      }
    }
  }

  /**
   * Samples one batch.
   *
   * @param text states of the prompts (B, L, T)
   * @param negative states of the negative prompt (1, L, T)
   * @param listener called after each step
   * @return (B, C, R, R), on the text's manager
   * @throws java.util.concurrent.CancellationException if the listener stops the sampling
   */
  public NDArray sample(NDArray text, NDArray negative, StepListener listener) {
    try (GradMode off = GradMode.disabled();
        NDManager scope = text.getManager().newSubManager()) {
      NDArray start = noise(scope).repeat(0, text.getShape().get(0)); // the same for every prompt
      return scope.ret(sample(start, text, negative, listener));
    }
  }

  /** The noise of {@link #seed}, (1, C, R, R). */
  public NDArray noise(NDManager manager) {
    return sampling.noise().draw(manager, new Shape(1).addAll(latentShape), seed);
  }

  /**
   * As {@link #sample(NDArray, NDArray, StepListener)}, from given noise.
   *
   * @param noise (B, C, R, R), one per prompt
   * @return (B, C, R, R), on the noise's manager
   */
  public NDArray sample(NDArray noise, NDArray text, NDArray negative, StepListener listener) {
    return solve(guided(text, negative), noise, sampling.timesteps(flow), listener);
  }

  /** As {@link #sample(NDArray, NDArray, StepListener)}, from a latent with noise added. */
  public NDArray edit(LatentEdit edit, NDArray text, NDArray negative, StepListener listener) {
    check(
        edit.latent().getShape().slice(1).equals(latentShape),
        "the latent to edit must be (1, %d, %d, %d), got %s",
        latentShape.get(0),
        latentShape.get(1),
        latentShape.get(2),
        edit.latent().getShape());
    try (GradMode off = GradMode.disabled();
        NDManager scope = text.getManager().newSubManager()) {
      double[] times = edit.timesteps(sampling, flow);
      FlowPath path = new FlowPath(Trajectory.alias(edit.latent(), scope), noise(scope));
      NDArray first = path.at(Constant.of(scope, new float[] {(float) times[0]}, new Shape(1)));
      NDArray start = first.repeat(0, text.getShape().get(0));
      VelocityField velocity = guided(text, negative);
      if (edit.mask().isPresent()) {
        velocity = new PartlyKnownField(velocity, path.velocity(), edit.mask().get());
      }
      return scope.ret(solve(velocity, start, times, listener));
    }
  }

  private VelocityField guided(NDArray text, NDArray negative) {
    Guidance guidance = sampling.solver().effective(sampling.guidance());
    return new GuidedField(network, flow.prediction(), guidance, text, negative);
  }

  private NDArray solve(
      VelocityField velocity, NDArray start, double[] times, StepListener listener) {
    return sampling.solver().solver().solve(velocity, start, times, listener);
  }

  /**
   * States (B, L, T). Prompts are encoded one by one: some encoders round differently in a batch,
   * and a cache must not depend on which prompts came together.
   */
  private static NDArray encode(TextEncoder encoder, List<String> prompts, NDManager scope) {
    NDList states = new NDList();
    for (String prompt : prompts) {
      states.add(encoder.encode(List.of(prompt), scope));
    }
    return NDArrays.concat(states);
  }
}
