package io.rapd.core.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Part of a network: named parameters and named child modules. A subclass declares both in its
 * constructor and adds a typed forward method.
 */
public abstract class Module {
  private final Map<String, Parameter> own = new LinkedHashMap<>();
  private final Map<String, Module> children = new LinkedHashMap<>();
  private final List<ModuleKernel> kernels = new ArrayList<>();

  /** Declares a trained parameter. */
  protected final Parameter parameter(String name, Shape shape, Initializer initializer) {
    return declare(new Parameter(name, shape, true, initializer));
  }

  /** Declares a fixed table, stored with the weights but never trained. */
  protected final Parameter table(String name, Shape shape, Initializer initializer) {
    return declare(new Parameter(name, shape, false, initializer));
  }

  /**
   * Declares {@code name.weight}, which is returned, and {@code name.bias}, one value per output.
   */
  protected final Parameter layer(
      String name, Shape weight, Initializer initializer, Initializer bias) {
    Parameter matrix = parameter(name + ".weight", weight, initializer);
    parameter(name + ".bias", new Shape(weight.get(0)), bias);
    return matrix;
  }

  /** Declares a linear or convolution layer with PyTorch's default initialisation. */
  protected final Parameter layer(String name, Shape weight) {
    Initializer bias = Initializer.torchDefaultBias(weight.slice(1).size());
    return layer(name, weight, Initializer.torchDefault(), bias);
  }

  /** Declares a linear layer whose bias starts at zero. */
  protected final void linear(String name, long in, long out, Initializer initializer) {
    layer(name, new Shape(out, in), initializer, Initializer.zeros());
  }

  /** Declares the weight (ones) and bias (zeros) of a LayerNorm. */
  protected final void norm(String name, long width) {
    layer(name, new Shape(width), Initializer.ones(), Initializer.zeros());
  }

  /** A kernel whose text may name the parameters declared so far; {@link Kernel} describes it. */
  protected final ModuleKernel kernel(String name, String text, Map<String, ?> constants) {
    Map<String, Parameter> declared = parameters();
    List<String> names = List.copyOf(declared.keySet());
    ModuleKernel kernel = new ModuleKernel(Kernel.of(name, text, constants, names), declared);
    kernels.add(kernel);
    return kernel;
  }

  private Parameter declare(Parameter parameter) {
    if (own.put(parameter.name(), parameter) != null) {
      throw new IllegalArgumentException("parameter " + parameter.name() + " declared twice");
    }
    return parameter;
  }

  /** Declares a child, whose parameters are named {@code name.parameter}. */
  protected final <M extends Module> M child(String name, M module) {
    if (children.put(name, module) != null) {
      throw new IllegalArgumentException("child " + name + " declared twice");
    }
    return module;
  }

  /** The parameters of this module and its children by dotted name, in declaration order. */
  public final Map<String, Parameter> parameters() {
    Map<String, Parameter> all = new LinkedHashMap<>(own);
    children.forEach(
        (name, child) ->
            child.parameters().forEach((key, value) -> all.put(name + "." + key, value)));
    return all;
  }

  /** The arrays of all parameters by dotted name, in declaration order. */
  public final Map<String, NDArray> values() {
    Map<String, NDArray> values = new LinkedHashMap<>();
    parameters().forEach((name, parameter) -> values.put(name, parameter.value()));
    return values;
  }

  /** The arrays of the trained parameters; marks them so that they collect gradients. */
  public final Map<String, NDArray> trainedValues() {
    Map<String, NDArray> values = new LinkedHashMap<>();
    parameters()
        .forEach(
            (name, parameter) -> {
              if (parameter.trained()) {
                parameter.value().setRequiresGradient(true);
                values.put(name, parameter.value());
              }
            });
    return values;
  }

  /** Excludes the parameters from training; for use before {@link #trainedValues}. */
  public final void freeze() {
    parameters().values().forEach(Parameter::freeze);
  }

  /** The number of trained scalars. */
  public final long parameterCount() {
    return parameters().values().stream()
        .filter(Parameter::trained)
        .mapToLong(parameter -> parameter.shape().size())
        .sum();
  }

  /** Sets every parameter to its initial values, float32, each from its own random stream. */
  public final void initialize(NDManager manager, long seed) {
    parameters()
        .forEach(
            (name, parameter) ->
                parameter.initialize(manager, RandomStream.of(seed, "parameter " + name, 0)));
  }

  /**
   * Binds arrays to the parameters by name, without copying.
   *
   * @throws IllegalArgumentException if one is missing or has the wrong shape
   */
  public final void bind(Map<String, NDArray> values) {
    parameters()
        .forEach(
            (name, parameter) -> {
              NDArray value = values.get(name);
              if (value == null) {
                throw new IllegalArgumentException("no array for parameter " + name);
              }
              parameter.bind(value);
            });
  }

  /**
   * Binds the values of a module of the same structure. Both modules share the memory; this one
   * collects its own gradients.
   */
  public final void share(Module other) {
    Map<String, NDArray> values = other.values();
    other
        .parameters()
        .forEach(
            (name, parameter) -> {
              if (parameter.trained()) {
                values.put(name, Autograd.leaf(parameter.value()));
              }
            });
    bind(values);
  }

  /** Loads every parameter in float32 from a source with exactly these names and shapes. */
  public final void load(TensorSource source, NDManager manager) {
    load(source, "", name -> false, Precision.FLOAT32, manager);
  }

  /** As the other {@code load}, with {@link Weights#FULL}. */
  public final void load(
      TensorSource source,
      String prefix,
      Predicate<String> ignored,
      Precision precision,
      NDManager manager) {
    load(source, prefix, ignored, precision, Weights.FULL, manager);
  }

  /**
   * Loads all parameters, one at a time.
   *
   * @param prefix of this module's names in the source, such as {@code "encoder."}; may be empty
   * @param ignored accepts names (without the prefix) of further tensors in the source
   * @param precision in which matrices are kept; vectors stay float32
   * @param weights which matrices are kept in int8 instead
   * @throws IllegalArgumentException as {@link #requireFit}, before any data is read; or if a
   *     matrix to keep in int8 holds values that are not finite
   */
  public final void load(
      TensorSource source,
      String prefix,
      Predicate<String> ignored,
      Precision precision,
      Weights weights,
      NDManager manager) {
    requireFit(source, prefix, ignored);
    Set<Parameter> int8 =
        weights == Weights.INT8 ? Int8Matrix.eligible(allKernels().toList()) : Set.of();
    parameters()
        .forEach(
            (name, parameter) -> {
              if (int8.contains(parameter)) {
                parameter.bind(Int8Matrix.read(source, prefix + name, manager));
              } else if (precision == Precision.BFLOAT16 && parameter.shape().dimension() > 1) {
                parameter.bind(source.readBFloat16(prefix + name, manager));
              } else {
                parameter.bind(source.read(prefix + name, manager));
              }
            });
  }

  private Stream<ModuleKernel> allKernels() {
    return Stream.concat(kernels.stream(), children.values().stream().flatMap(Module::allKernels));
  }

  /**
   * Checks, without reading any data, that a source holds this module's tensors and no others: each
   * in F32, F16 or BF16 and of the right shape.
   *
   * @param prefix of this module's names in the source, such as {@code "encoder."}; may be empty
   * @param ignored accepts names (without the prefix) of further tensors, of any type
   * @throws IllegalArgumentException naming the file and the first tensor that is missing, unknown,
   *     or of the wrong type or shape
   */
  public final void requireFit(TensorSource source, String prefix, Predicate<String> ignored) {
    SourceCheck.requireFit(parameters(), source, prefix, ignored);
  }

  /** Converts the matrices to a precision, for inference: the new arrays collect no gradients. */
  public final void keepMatricesIn(Precision precision) {
    for (Parameter parameter : parameters().values()) {
      if (parameter.shape().dimension() > 1) {
        NDArray before = parameter.value();
        NDArray cast = precision.cast(before);
        if (cast != before) {
          parameter.bind(cast);
          before.close();
        }
      }
    }
  }
}
