package io.rapd.core.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Arithmetic that DJL lacks or that is hot, as a TorchScript method compiled once for each source
 * text. One call crosses to libtorch once, takes part in autograd and may compute in bfloat16.
 *
 * <p>The source is TorchScript's serialised dialect: methods {@code def forward(self, x: Tensor) ->
 * Tensor:}, operators as {@code torch.linear(x, w)}. Only tensors can be passed; numbers are baked
 * in as {@code $name}. The {@code forward} method is the kernel; others are its parts.
 *
 * <p>Results belong to the manager of the first input, so activations come first, never a weight.
 * Safe for use by several threads.
 */
public final class Kernel {
  private static final Pattern CONSTANT = Pattern.compile("\\$(\\w+)");
  private static final Map<String, Kernel> COMPILED = new ConcurrentHashMap<>();
  private static final ThreadLocal<Boolean> PLAIN_EXECUTOR = new ThreadLocal<>();

  private final String name;
  private final String source;

  /** The same kernel in float32, for processors that do not multiply in bfloat16. */
  private final @Nullable Kernel widened;

  private @Nullable PtSymbolBlock block;

  private Kernel(String name, String source, @Nullable Kernel widened) {
    this.name = name;
    this.source = source;
    this.widened = widened;
  }

  /**
   * The kernel of a source text, compiled when first called.
   *
   * @param name a TorchScript class name, for messages and profiles
   * @param source its methods, unindented
   * @param constants the value of each {@code $name} in the source; a {@link Precision} stands for
   *     the scalar type number in which the kernel computes: its own, or float32's where {@link
   *     Bfloat16Products} are widened
   * @throws IllegalArgumentException where the source names a constant that is not given
   */
  public static Kernel of(String name, String source, Map<String, ?> constants) {
    Kernel widened =
        constants.containsValue(Precision.BFLOAT16) ? of(name, source, widened(constants)) : null;
    Matcher matcher = CONSTANT.matcher(source);
    String text = matcher.replaceAll(found -> literal(name, found.group(1), constants));
    return COMPILED.computeIfAbsent(name + "\n" + text, key -> new Kernel(name, text, widened));
  }

  private static Map<String, Object> widened(Map<String, ?> constants) {
    Map<String, Object> widened = new HashMap<>(constants);
    widened.replaceAll((name, value) -> value == Precision.BFLOAT16 ? Precision.FLOAT32 : value);
    return widened;
  }

  /** The kernel of a source text without constants. */
  public static Kernel of(String name, String source) {
    return of(name, source, Map.of());
  }

  private static String literal(String kernel, String constant, Map<String, ?> constants) {
    Object value = constants.get(constant);
    if (value == null) {
      throw new IllegalArgumentException(
          "kernel " + kernel + " names $" + constant + ", but the constants are " + constants);
    }
    if (value instanceof Precision precision) {
      return Integer.toString(precision.scalarType());
    }
    if (value instanceof Boolean flag) {
      return flag ? "True" : "False";
    }
    return Matcher.quoteReplacement(value.toString());
  }

  /** The names of the kernels compiled so far in this process, in no order. */
  public static List<String> compiled() {
    return COMPILED.values().stream().filter(k -> k.block != null).map(k -> k.name).toList();
  }

  /** Computes {@code forward} with one tensor as result, on the manager of the first input. */
  public NDArray call(NDArray... inputs) {
    return run(new NDList(inputs)).singletonOrThrow();
  }

  /** As {@link #call(NDArray...)}, the activation first and then the weights. */
  public NDArray call(NDArray activation, Collection<NDArray> weights) {
    NDList inputs = new NDList(weights.size() + 1);
    inputs.add(activation);
    inputs.addAll(weights);
    return run(inputs).singletonOrThrow();
  }

  /** Computes {@code forward} with a tuple of tensors as result. */
  public NDList callAll(NDArray... inputs) {
    return run(new NDList(inputs));
  }

  /**
   * Computes {@code forward} on lists of tensors, each list one argument {@code List[Tensor]}, with
   * one tensor as result on the manager of the first.
   */
  public NDArray callLists(List<? extends Collection<NDArray>> lists) {
    NDArray first = lists.get(0).iterator().next();
    PtSymbolBlock module = on(first.getDevice()).ready();
    IValue[] arguments = new IValue[lists.size()];
    try {
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] =
            IValue.listFrom(
                lists.get(i).stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
      }
      try (IValue result = IValueUtils.forward(module, arguments)) {
        return result.toTensor((PtNDManager) first.getManager());
      }
    } finally {
      for (IValue argument : arguments) {
        if (argument != null) {
          argument.close();
        }
      }
    }
  }

  private NDList run(NDList inputs) {
    return IValueUtils.forward(on(inputs.head().getDevice()).ready(), inputs, true);
  }

  private Kernel on(Device device) {
    return widened != null && Bfloat16Products.widenedOn(device) ? widened : this;
  }

  private PtSymbolBlock ready() {
    PtSymbolBlock module = block();
    if (PLAIN_EXECUTOR.get() == null) {
      // The profiling executor stalls for seconds in backward on the second and third call.
      JniUtils.setGraphExecutorOptimize(false);
      PLAIN_EXECUTOR.set(true);
    }
    return module;
  }

  private synchronized PtSymbolBlock block() {
    PtSymbolBlock module = block;
    if (module == null) {
      NDManager system = Engine.getEngine("PyTorch").newBaseManager().getParentManager();
      byte[] archive = TorchScriptArchive.pack(name, source);
      try {
        module =
            JniUtils.loadModule(
                (PtNDManager) system, new ByteArrayInputStream(archive), false, false);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (RuntimeException e) {
        throw new IllegalStateException(
            "kernel " + name + " does not compile: " + e.getMessage() + "\n" + source, e);
      }
      block = module;
    }
    return module;
  }

  @Override
  public String toString() {
    return "Kernel " + name + " " + Stream.of(source.split("\n")).findFirst().orElse("");
  }
}
