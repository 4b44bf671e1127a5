package io.rapd.train.stage2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.annotation.JsonValue;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.RandomStream;
import io.rapd.core.torch.SampleNoise;
import io.rapd.dit.flow.FlowConfig;
import io.rapd.train.data.Share;
import io.rapd.train.loop.MicroBatch;
import java.util.Locale;

/** What draws the noise and the times of training (docs/decisions/0020). */
public enum NoiseGenerator {
  /**
   * {@link RandomStream} on the host: one sequence per step, drawn in batch order. The numbers are
   * the same on every machine, and cost 7 ns of one core each.
   */
  JAVA {
    @Override
    Draws at(FlowConfig flow, long seed, long step, int batchSize, Share share) {
      RandomStream noise = RandomStream.of(seed, "noise", step);
      float[] times =
          flow.timesteps().sample(RandomStream.of(seed, "time", step), batchSize, flow.shift());
      return new Draws() {
        @Override
        public NDArray times(MicroBatch micro) {
          float[] own = new float[micro.size()];
          for (int i = 0; i < own.length; i++) {
            own[i] = times[share.slot(micro.first() + i)];
          }
          return Constant.of(micro.scope(), own, new Shape(own.length));
        }

        @Override
        public NDArray noise(MicroBatch micro, Shape sample) {
          if (share.count() == 1) {
            return noise.normal(micro.scope(), new Shape(micro.size()).addAll(sample));
          }
          NDList own = new NDList();
          for (int i = micro.first(); i < micro.end(); i++) {
            // The numbers of other processes' slots are drawn too, and dropped.
            int others = share.slot(i) - (i == 0 ? 0 : share.slot(i - 1) + 1);
            noise.skipNormal(others * sample.size());
            own.add(noise.normal(micro.scope(), sample));
          }
          return NDArrays.stack(own);
        }
      };
    }
  },
  /** {@link SampleNoise} on the device: a sequence per step and slot of the batch. */
  TORCH {
    @Override
    Draws at(FlowConfig flow, long seed, long step, int batchSize, Share share) {
      return new Draws() {
        @Override
        public NDArray times(MicroBatch micro) {
          try (NDArray normal =
              SampleNoise.normal(micro.scope(), seeds("time", micro), new Shape())) {
            return flow.timesteps().times(normal, flow.shift());
          }
        }

        @Override
        public NDArray noise(MicroBatch micro, Shape sample) {
          return SampleNoise.normal(micro.scope(), seeds("noise", micro), sample);
        }

        private long[] seeds(String purpose, MicroBatch micro) {
          long[] seeds = new long[micro.size()];
          for (int i = 0; i < seeds.length; i++) {
            String ofSlot = purpose + " of slot " + share.slot(micro.first() + i);
            seeds[i] = RandomStream.of(seed, ofSlot, step).generator().nextLong();
          }
          return seeds;
        }
      };
    }
  };

  /** Noise and times of one step; micro-batches come in batch order. */
  interface Draws {
    /** t (b), float32, on the scope of the micro-batch. */
    NDArray times(MicroBatch micro);

    /** e (b, sample...), float32, on the scope of the micro-batch. */
    NDArray noise(MicroBatch micro, Shape sample);
  }

  /**
   * The draws of a step. Neither micro-batches, workers nor processes change them.
   *
   * @param batchSize of all processes
   * @param share of this process; micro-batches count its samples
   */
  abstract Draws at(FlowConfig flow, long seed, long step, int batchSize, Share share);

  /** The name in configurations: {@code java} or {@code torch}. */
  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
