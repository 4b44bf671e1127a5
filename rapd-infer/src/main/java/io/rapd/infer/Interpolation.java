package io.rapd.infer;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.rapd.dit.flow.LatentSampler;
import io.rapd.dit.flow.Solver.StepListener;
import io.rapd.dit.text.TextEncoder;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.ObjIntConsumer;

/**
 * Frames between fields: the noise moves on a great circle, which keeps it Gaussian noise, and the
 * states of the prompts move on a straight line.
 *
 * @param keyframes at least one
 * @param frames number of frames over all keyframes, evenly spaced, the first and the last keyframe
 *     included
 */
record Interpolation(List<Keyframe> keyframes, int frames) {
  private static final double PARALLEL = 1e-6;

  Interpolation {
    check(!keyframes.isEmpty(), "expected at least one keyframe, got none");
    check(
        frames >= 1 && (frames > 1 || keyframes.size() == 1),
        "expected at least %d frames, got %d",
        Math.min(2, keyframes.size()),
        frames);
    keyframes = List.copyOf(keyframes);
  }

  /**
   * Samples the frames in batches.
   *
   * @param samplers the sampler of a seed
   * @param receiver takes each normalised latent (1, C, R, R), valid during the call, and its index
   */
  void sample(
      LongFunction<LatentSampler> samplers,
      TextEncoder encoder,
      String negativePrompt,
      NDManager manager,
      StepListener listener,
      ObjIntConsumer<NDArray> receiver) {
    int size = LatentSampler.PROMPTS_PER_BATCH;
    int batches = (frames + size - 1) / size;
    LatentSampler sampler = samplers.apply(keyframes.get(0).seed());
    for (int batch = 0; batch < batches; batch++) {
      int before = batch;
      int from = batch * size;
      int to = Math.min(from + size, frames);
      try (NDManager scope = manager.newSubManager()) {
        NDList noises = new NDList();
        NDList texts = new NDList();
        for (int i = from; i < to; i++) {
          noises.add(noise(i, samplers, scope));
          texts.add(text(i, encoder, scope));
        }
        NDArray latents =
            sampler.sample(
                NDArrays.concat(noises),
                NDArrays.concat(texts),
                encoder.encode(List.of(negativePrompt), scope),
                (done, steps, latent) ->
                    listener.afterStep(before * steps + done, batches * steps, latent));
        NDList parts = latents.split(to - from);
        for (int i = from; i < to; i++) {
          receiver.accept(parts.get(i - from), i);
        }
      }
    }
  }

  private double position(int frame) {
    return frames == 1 ? 0 : (double) frame * (keyframes.size() - 1) / (frames - 1);
  }

  private Keyframe before(int frame) {
    return keyframes.get((int) position(frame));
  }

  private Keyframe after(int frame) {
    return keyframes.get((int) Math.ceil(position(frame)));
  }

  private NDArray noise(int frame, LongFunction<LatentSampler> samplers, NDManager scope) {
    long first = before(frame).seed();
    long second = after(frame).seed();
    NDArray a = samplers.apply(first).noise(scope);
    double fraction = position(frame) % 1;
    return first == second || fraction == 0
        ? a
        : onGreatCircle(a, samplers.apply(second).noise(scope), fraction);
  }

  /** The point at a fraction of the angle between two arrays of about equal length. */
  static NDArray onGreatCircle(NDArray a, NDArray b, double fraction) {
    double lengths = Math.sqrt(a.square().sum().getFloat() * b.square().sum().getFloat());
    double cosine = Math.max(-1, Math.min(1, a.mul(b).sum().getFloat() / lengths));
    double angle = Math.acos(cosine);
    if (Math.sin(angle) < PARALLEL) {
      return a.mul(1 - fraction).add(b.mul(fraction));
    }
    return a.mul(Math.sin((1 - fraction) * angle) / Math.sin(angle))
        .add(b.mul(Math.sin(fraction * angle) / Math.sin(angle)));
  }

  private NDArray text(int frame, TextEncoder encoder, NDManager scope) {
    String first = before(frame).prompt();
    String second = after(frame).prompt();
    NDArray a = encoder.encode(List.of(first), scope);
    double fraction = position(frame) % 1;
    return first.equals(second) || fraction == 0
        ? a
        : a.mul(1 - fraction).add(encoder.encode(List.of(second), scope).mul(fraction));
  }
}
