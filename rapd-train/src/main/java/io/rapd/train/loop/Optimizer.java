package io.rapd.train.loop;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.TensorSource;
import io.rapd.core.torch.AdamW;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradientClipping;
import io.rapd.core.torch.MovingAverage;
import io.rapd.core.torch.Precision;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * AdamW, clipping and moving averages over named parameters. Its state is named arrays: the moments
 * {@code exp_avg.NAME} and {@code exp_avg_sq.NAME}, and the averages {@code NAME}.
 */
public final class Optimizer {
  private static final String FIRST = "exp_avg.";
  private static final String SECOND = "exp_avg_sq.";

  private final OptimizerConfig config;
  private final AdamW adamW;
  private final Map<String, NDArray> parameters;
  private final Map<String, NDArray> firstMoments;
  private final Map<String, NDArray> secondMoments;
  private final Map<String, NDArray> averages;

  private Optimizer(
      OptimizerConfig config,
      Map<String, NDArray> parameters,
      BiFunction<String, NDArray, NDArray> moment,
      BiFunction<String, NDArray, NDArray> average) {
    this.config = config;
    adamW = new AdamW(config.beta1(), config.beta2(), config.epsilon(), config.weightDecay());
    this.parameters = parameters;
    firstMoments = perParameter((name, value) -> moment.apply(FIRST + name, value));
    secondMoments = perParameter((name, value) -> moment.apply(SECOND + name, value));
    averages = config.averageDecay() > 0 ? perParameter(average) : Map.of();
  }

  private Map<String, NDArray> perParameter(BiFunction<String, NDArray, NDArray> array) {
    Map<String, NDArray> arrays = new LinkedHashMap<>();
    parameters.forEach((name, value) -> arrays.put(name, array.apply(name, value)));
    return arrays;
  }

  /**
   * An optimiser before its first step; the averages start as copies.
   *
   * @param parameters leaves that collect gradients
   */
  static Optimizer fresh(OptimizerConfig config, Map<String, NDArray> parameters) {
    return fresh(config, parameters, (name, value) -> value.duplicate());
  }

  /** As the other, with these averages by name and parameter. */
  static Optimizer fresh(
      OptimizerConfig config,
      Map<String, NDArray> parameters,
      BiFunction<String, NDArray, NDArray> average) {
    return new Optimizer(
        config, parameters, (name, value) -> zeros(value, config.moments()), average);
  }

  private static NDArray zeros(NDArray like, Precision type) {
    NDArray zeros = like.zerosLike();
    NDArray cast = type.cast(zeros);
    if (cast != zeros) {
      zeros.close();
    }
    return cast;
  }

  /**
   * An optimiser with the saved {@link #moments} and {@link #averages} of another.
   *
   * @throws CheckpointException naming the file and the array that is missing or of another type or
   *     shape
   */
  static Optimizer restored(
      OptimizerConfig config,
      Map<String, NDArray> parameters,
      TensorSource moments,
      TensorSource averages,
      NDManager manager) {
    return new Optimizer(
        config,
        parameters,
        (name, value) -> read(moments, name, config.moments(), value.getShape(), manager),
        (name, value) -> read(averages, name, Precision.FLOAT32, value.getShape(), manager));
  }

  /** The fused update does not check shapes: an array of another shape must not reach it. */
  private static NDArray read(
      TensorSource source, String name, Precision precision, Shape expected, NDManager manager) {
    String type = precision == Precision.BFLOAT16 ? "BF16" : "F32";
    if (!source.names().contains(name)) {
      throw new CheckpointException(
          source.description() + ": tensor " + name + " " + expected + " is missing");
    }
    if (!source.storedType(name).equals(type) || !source.shape(name).equals(expected)) {
      throw new CheckpointException(
          "%s: tensor %s must be %s %s, got %s %s",
          source.origin(name), name, type, expected, source.storedType(name), source.shape(name));
    }
    return precision == Precision.BFLOAT16
        ? source.readBFloat16(name, manager)
        : source.read(name, manager);
  }

  /** The gradients collected since they were last zeroed; they share memory with the originals. */
  Map<String, NDArray> gradients(NDManager scope) {
    return perParameter((name, value) -> Autograd.gradient(value, scope));
  }

  /** Clips in place and returns the norm before clipping. */
  double clip(Map<String, NDArray> gradients) {
    return GradientClipping.clip(gradients.values(), config.clipNorm());
  }

  /** Updates parameters and averages and zeroes the gradients. */
  void update(Map<String, NDArray> gradients, long step, double rate, NDManager scope) {
    adamW.step(
        parameters.values(),
        gradients.values(),
        firstMoments.values(),
        secondMoments.values(),
        step,
        rate,
        scope);
    if (config.averageDecay() > 0) {
      MovingAverage.update(averages.values(), parameters.values(), config.averageDecay());
    }
    zeroGradients();
  }

  void zeroGradients() {
    parameters.values().forEach(Autograd::zeroGradient);
  }

  OptimizerConfig config() {
    return config;
  }

  /** The averaged weights; without averaging the weights themselves. */
  public Map<String, NDArray> averages() {
    return config.averageDecay() > 0 ? averages : parameters;
  }

  /**
   * The values of a child of the trained module, under the child's own names: averages of trained
   * parameters, fixed tables as they are. Shares memory with both.
   *
   * @param child its name in {@code module}
   */
  public Map<String, NDArray> averagesOf(Module module, String child) {
    Map<String, NDArray> values = new LinkedHashMap<>(module.values());
    values.putAll(averages());
    Map<String, NDArray> own = new LinkedHashMap<>();
    String prefix = child + ".";
    values.forEach(
        (name, value) -> {
          if (name.startsWith(prefix)) {
            own.put(name.substring(prefix.length()), value);
          }
        });
    return own;
  }

  /** Both moments by name. */
  Map<String, NDArray> moments() {
    Map<String, NDArray> moments = new LinkedHashMap<>();
    firstMoments.forEach((name, value) -> moments.put(FIRST + name, value));
    secondMoments.forEach((name, value) -> moments.put(SECOND + name, value));
    return moments;
  }
}
