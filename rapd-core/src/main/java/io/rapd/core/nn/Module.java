package io.rapd.core.nn;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * A part of a network: named parameters and named children. Subclasses declare both in their
 * constructor and add a typed forward.
 */
public abstract class Module {
  /** The number formats of weights, as safetensors calls them. */
  private static final List<String> WEIGHT_TYPES = List.of("F32", "F16", "BF16");

  private final Map<String, Parameter> own = new LinkedHashMap<>();
  private final Map<String, Module> children = new LinkedHashMap<>();

  /** Declares a trained parameter. */
  protected final Parameter parameter(String name, Shape shape, Initializer initializer) {
    return declare(new Parameter(name, shape, true, initializer));
  }

  /** Declares a fixed table that is stored with the weights and never trained. */
  protected final Parameter table(String name, Shape shape, Initializer initializer) {
    return declare(new Parameter(name, shape, false, initializer));
  }

  /** Declares a layer: {@code name.weight}, and {@code name.bias} with a value per output. */
  protected final void layer(String name, Shape weight, Initializer initializer, Initializer bias) {
    parameter(name + ".weight", weight, initializer);
    parameter(name + ".bias", new Shape(weight.get(0)), bias);
  }

  /** Declares a linear or convolution layer with PyTorch's default initialisation. */
  protected final void layer(String name, Shape weight) {
    Initializer bias = Initializer.torchDefaultBias(weight.slice(1).size());
    layer(name, weight, Initializer.torchDefault(), bias);
  }

  /** Declares a linear layer whose bias starts at zero. */
  protected final void linear(String name, long in, long out, Initializer initializer) {
    layer(name, new Shape(out, in), initializer, Initializer.zeros());
  }

  /** Declares the scale and shift of a LayerNorm. */
  protected final void norm(String name, long width) {
    layer(name, new Shape(width), Initializer.ones(), Initializer.zeros());
  }

  /** A kernel that may name the parameters declared so far; see {@link Kernel} for its text. */
  protected final ModuleKernel kernel(String name, String text, Map<String, ?> constants) {
    Map<String, Parameter> declared = parameters();
    Kernel kernel = Kernel.of(name, text, constants, List.copyOf(declared.keySet()));
    return new ModuleKernel(kernel, declared);
  }

  private Parameter declare(Parameter parameter) {
    if (own.put(parameter.name(), parameter) != null) {
      throw new IllegalArgumentException("parameter " + parameter.name() + " declared twice");
    }
    return parameter;
  }

  /** Declares a child; its parameters are called {@code name.parameter}. */
  protected final <M extends Module> M child(String name, M module) {
    if (children.put(name, module) != null) {
      throw new IllegalArgumentException("child " + name + " declared twice");
    }
    return module;
  }

  /** All parameters of this module and its children by dotted name, in order of declaration. */
  public final Map<String, Parameter> parameters() {
    Map<String, Parameter> all = new LinkedHashMap<>(own);
    children.forEach(
        (name, child) ->
            child.parameters().forEach((key, value) -> all.put(name + "." + key, value)));
    return all;
  }

  /** The arrays of all parameters by dotted name, in order of declaration. */
  public final Map<String, NDArray> values() {
    Map<String, NDArray> values = new LinkedHashMap<>();
    parameters().forEach((name, parameter) -> values.put(name, parameter.value()));
    return values;
  }

  /** The arrays of the trained parameters, marked so that they collect gradients. */
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

  /** The number of trained values. */
  public final long parameterCount() {
    return parameters().values().stream()
        .filter(Parameter::trained)
        .mapToLong(parameter -> parameter.shape().size())
        .sum();
  }

  /** Gives every parameter its first values, float32, each from its own stream of the seed. */
  public final void initialize(NDManager manager, long seed) {
    parameters()
        .forEach(
            (name, parameter) ->
                parameter.initialize(manager, RandomStream.of(seed, "parameter " + name, 0)));
  }

  /**
   * Takes arrays by name without copying.
   *
   * @throws IllegalArgumentException where one is missing or has another shape
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
   * Takes the values of a module of the same structure. Both share their memory; gradients this
   * module collects on its own.
   */
  public final void share(Module other) {
    Map<String, Parameter> theirs = other.parameters();
    Map<String, NDArray> values = new LinkedHashMap<>();
    theirs.forEach(
        (name, parameter) ->
            values.put(
                name, parameter.trained() ? Autograd.leaf(parameter.value()) : parameter.value()));
    bind(values);
  }

  /** Loads every parameter in float32; the source must hold exactly these names and shapes. */
  public final void load(TensorSource source, NDManager manager) {
    load(source, "", name -> false, Precision.FLOAT32, manager);
  }

  /**
   * Loads every parameter, one at a time.
   *
   * @param prefix of this module's names in the source, such as {@code "encoder."}, or empty
   * @param ignored names (without prefix) that the source may hold beyond the parameters
   * @param precision in which matrices are kept; vectors stay float32
   * @throws IllegalArgumentException as {@link #requireFit}, before anything is read
   */
  public final void load(
      TensorSource source,
      String prefix,
      Predicate<String> ignored,
      Precision precision,
      NDManager manager) {
    requireFit(source, prefix, ignored);
    parameters()
        .forEach(
            (name, parameter) -> {
              boolean matrix = parameter.shape().dimension() > 1;
              parameter.bind(
                  precision == Precision.BFLOAT16 && matrix
                      ? source.readBFloat16(prefix + name, manager)
                      : source.read(prefix + name, manager));
            });
  }

  /**
   * Checks, without reading any, that a source holds the tensors of this module: each in F32, F16
   * or BF16, of its shape, and no others.
   *
   * @param prefix of this module's names in the source, such as {@code "encoder."}, or empty
   * @param ignored names (without prefix) that the source may hold beyond the parameters, of any
   *     type
   * @throws IllegalArgumentException naming the file and the tensor that is missing, unknown, or of
   *     another type or shape
   */
  public final void requireFit(TensorSource source, String prefix, Predicate<String> ignored) {
    Map<String, Parameter> parameters = parameters();
    SortedSet<String> unknown = new TreeSet<>();
    for (String name : source.names()) {
      if (name.startsWith(prefix)) {
        String local = name.substring(prefix.length());
        if (!parameters.containsKey(local) && !ignored.test(local)) {
          unknown.add(name);
        }
      }
    }
    parameters.forEach(
        (name, parameter) -> requireFit(source, prefix + name, parameter.shape(), unknown));
    if (!unknown.isEmpty()) {
      String name = unknown.first();
      throw new IllegalArgumentException(
          message(
              "%s: tensor %s is not part of this model (%d unknown in all)",
              source.origin(name), name, unknown.size()));
    }
  }

  private static void requireFit(
      TensorSource source, String name, Shape expected, SortedSet<String> unknown) {
    if (!source.names().contains(name)) {
      throw new IllegalArgumentException(
          message(
              "%s: tensor %s %s is missing%s",
              source.description(),
              name,
              expected,
              unknown.isEmpty() ? "" : "; it holds " + unknown.first()));
    }
    if (!WEIGHT_TYPES.contains(source.storedType(name))) {
      throw new IllegalArgumentException(
          message(
              "%s: tensor %s must be one of %s, got %s",
              source.origin(name), name, WEIGHT_TYPES, source.storedType(name)));
    }
    if (!source.shape(name).equals(expected)) {
      throw new IllegalArgumentException(
          message(
              "%s: tensor %s must be %s, got %s",
              source.origin(name), name, expected, source.shape(name)));
    }
  }

  /** Keeps matrices in that precision from now on; for inference, since gradients are not kept. */
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
