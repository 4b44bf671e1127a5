package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
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
    check(!prompts.isEmpty(), "expected at least one prompt, got none");
    int batches = (prompts.size() + PROMPTS_PER_BATCH - 1) / PROMPTS_PER_BATCH;
    for (int batch = 0; batch < batches; batch++) {
      int from = batch * PROMPTS_PER_BATCH;
      int to = Math.min(from + PROMPTS_PER_BATCH, prompts.size());
      int before = batch * sampling.steps();
      try (NDManager scope = manager.newSubManager()) {
        NDArray text = encode(encoder, prompts.subList(from, to), scope); // (B, L, T)
        NDArray negative = encode(encoder, List.of(negativePrompt), scope); // (1, L, T)
        StepListener counting =
            (done, steps, latent) -> listener.afterStep(before + done, batches * steps, latent);
        NDList latents = sample(text, negative, counting).split(to - from);
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
      NDArray noise = sampling.noise().draw(scope, new Shape(1).addAll(latentShape), seed);
      NDArray start = noise.repeat(0, text.getShape().get(0)); // the same noise for every prompt
      return scope.ret(sample(start, text, negative, listener));
    }
  }

  /** As {@link #sample(NDArray, NDArray, StepListener)}, from noise (B, C, R, R) that is given. */
  NDArray sample(NDArray noise, NDArray text, NDArray negative, StepListener listener) {
    SolverType type = sampling.solver();
    Guidance guidance = type.effective(sampling.guidance());
    VelocityField velocity = new GuidedField(network, flow.prediction(), guidance, text, negative);
    double[] times = sampling.timesteps(flow);
    return type.solver().solve(velocity, noise, times, listener);
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
