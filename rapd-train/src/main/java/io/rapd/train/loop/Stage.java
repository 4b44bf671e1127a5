package io.rapd.train.loop;

import ai.djl.ndarray.NDManager;
import io.rapd.core.nn.Module;
import io.rapd.train.data.Batches;
import io.rapd.train.data.UnusableSamples;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What a stage adds to a {@link StageRun}.
 *
 * @param <M> the network that it trains
 * @param <B> a batch, in plain Java
 */
public interface Stage<M extends Module, B> {
  /** Shown beside the progress, such as {@code stage 1}. */
  String name();

  /** What must not change while a run is interrupted, by name. */
  Map<String, Input> inputs();

  /**
   * The model, checkpoint or run to start from; empty to start at random.
   *
   * @throws IllegalArgumentException where the weights are of no use to this stage
   */
  Optional<Path> init();

  /** The name in {@link #network} of the part that the model folder holds. */
  String child();

  /** A network without values: the one to train, and one more for each further worker. */
  M network();

  /**
   * The batches of a run.
   *
   * @param firstStep from 1
   * @param position what {@link Batches#position} said after the step before; empty at the start
   *     and where the step alone determines a batch
   * @param unusable is told of samples that cannot be read
   */
  Batches<B> batches(long firstStep, Optional<String> position, UnusableSamples unusable);

  /** Size of the training set; of a streamed set, of the part with random access. */
  int samples();

  /**
   * Computes the loss of a batch and its gradients, as {@link Objective#gradients} does.
   *
   * @param workers on the trained network
   */
  Map<String, Double> gradients(long step, B batch, Workers<M> workers, NDManager scope);

  /**
   * The model that previews show and that the run writes at its end.
   *
   * @param optimizer holds the averaged weights of {@code network}; they change with every step
   * @param unusable is told of samples that cannot be read
   */
  StageModel model(M network, Optimizer optimizer, UnusableSamples unusable);
}
