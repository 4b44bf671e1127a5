package io.rapd.train.loop;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.nn.TensorSource;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The weights of a model or checkpoint from which another run starts, with a new optimiser. A
 * checkpoint gives weights and averages; a model gives its weights to both. Heads that only
 * training uses (distillation, REPA) may be missing and then start at random; fixed tables of
 * another size are computed.
 */
final class InitialWeights implements AutoCloseable {
  private static final Set<String> HEADS = Set.of("distillation.", "repa.");
  private static final Set<String> TYPES = Set.of("F32", "F16", "BF16");

  private final TensorSource weights;
  private final TensorSource averages;
  private final String prefix;
  private final String origin;
  private final Runnable close;

  private InitialWeights(
      TensorSource weights, TensorSource averages, String prefix, String origin, Runnable close) {
    this.weights = weights;
    this.averages = averages;
    this.prefix = prefix;
    this.origin = origin;
    this.close = close;
  }

  /**
   * Opens a checkpoint, the newest checkpoint of a run, or a model.
   *
   * @param child the name of the field or denoiser in the trained module; a model's tensors are
   *     named without it
   * @throws CheckpointException where there is none
   */
  static InitialWeights open(Path given, String child) {
    if (SavedWeights.isAt(given)) {
      SavedWeights saved = SavedWeights.open(given);
      return new InitialWeights(
          saved.weights(), saved.averages(), "", saved.folder().toString(), saved::close);
    }
    TrainedModel model = TrainedModel.open(given);
    Path folder = child.equals("nif") ? model.nif() : model.anyDenoiser();
    ModelFolder files = ModelFolder.open(folder);
    return new InitialWeights(files, files, child + ".", folder.toString(), files::close);
  }

  /**
   * Gives a module its first values.
   *
   * @return an optimiser before its first step, with the averages
   * @throws CheckpointException naming the tensor that is missing, unknown or of another shape
   */
  Optimizer start(Module module, OptimizerConfig config, long seed, NDManager manager) {
    Map<String, Parameter> parameters = module.parameters();
    requireFit(parameters);
    module.initialize(manager, seed);
    Map<String, NDArray> values = new LinkedHashMap<>(module.values());
    parameters.forEach(
        (name, parameter) -> {
          if (has(weights, name) && (!parameter.isTable() || fits(name, parameter))) {
            parameter.value().close();
            values.put(name, weights.read(stored(name), manager));
          }
        });
    module.bind(values);
    describe(parameters);
    return Optimizer.fresh(
        config,
        module.trainedValues(),
        (name, value) ->
            has(averages, name) ? averages.read(stored(name), manager) : value.duplicate());
  }

  /**
   * Compares names and shapes alone.
   *
   * @throws CheckpointException naming the tensor that is missing, unknown or of another shape
   */
  void requireFit(Map<String, Parameter> parameters) {
    parameters.forEach(
        (name, parameter) -> {
          if (has(weights, name)) {
            requireShape(name, parameter);
          } else if (!isHead(name) && !parameter.isTable()) {
            throw new CheckpointException(
                "%s: tensor %s %s is missing",
                weights.description(), stored(name), parameter.shape());
          }
        });
    unknown(parameters)
        .filter(name -> !isHead(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw new CheckpointException(
                  "%s: has tensor %s, which the configured network does not have",
                  weights.description(), stored(name));
            });
  }

  /** Names of tensors that the module does not have, in its own terms. */
  private Stream<String> unknown(Map<String, Parameter> parameters) {
    return weights.names().stream()
        .map(name -> prefix + name)
        .filter(name -> !parameters.containsKey(name))
        .sorted();
  }

  private void describe(Map<String, Parameter> parameters) {
    System.err.println("starts from " + origin);
    parameters.keySet().stream()
        .filter(name -> isHead(name) && !has(weights, name))
        .map(InitialWeights::head)
        .distinct()
        .forEach(
            head ->
                System.err.println(
                    message("%s: has no %s head; it starts at random", origin, head)));
    unknown(parameters)
        .map(InitialWeights::head)
        .distinct()
        .forEach(head -> System.err.println(message("%s: its %s head is not used", origin, head)));
  }

  private void requireShape(String name, Parameter parameter) {
    if (parameter.isTable() || fits(name, parameter)) {
      return;
    }
    throw new CheckpointException(
        "%s: tensor %s must be F32, F16 or BF16 %s, got %s %s",
        weights.origin(stored(name)),
        stored(name),
        parameter.shape(),
        weights.storedType(stored(name)),
        weights.shape(stored(name)));
  }

  private boolean fits(String name, Parameter parameter) {
    return TYPES.contains(weights.storedType(stored(name)))
        && weights.shape(stored(name)).equals(parameter.shape());
  }

  private boolean has(TensorSource source, String name) {
    return name.startsWith(prefix) && source.names().contains(stored(name));
  }

  private String stored(String name) {
    return name.substring(prefix.length());
  }

  private static boolean isHead(String name) {
    return HEADS.stream().anyMatch(name::startsWith);
  }

  private static String head(String name) {
    return name.substring(0, name.indexOf('.'));
  }

  @Override
  public void close() {
    close.run();
  }
}
