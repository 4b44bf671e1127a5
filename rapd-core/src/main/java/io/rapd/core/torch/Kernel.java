package io.rapd.core.torch;

import ai.djl.Device;
import ai.djl.engine.EngineException;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A computation that DJL lacks or that must be fast, compiled by TorchScript once per process. A
 * call crosses into libtorch once, is recorded by autograd, and may compute in bfloat16.
 *
 * <p>The text consists of methods in TorchScript's serialised dialect, without what can be
 * inferred:
 *
 * <pre>
 * def forward(x, skip):
 *   q, k = torch.chunk(torch.linear(half(x), $attention.qk), 2, -1)
 *   return torch.to(q * k + skip, $float32)
 * def half(x):
 *   return torch.to(x, $dtype) * $factor
 * </pre>
 *
 * <ul>
 *   <li>Arguments and results are tensors unless a type is given ({@code count: int}).
 *   <li>{@code $factor} stands for a constant, whose value may contain further names; {@code
 *       $float32}, {@code $float64} and {@code $bool} are libtorch's types.
 *   <li>{@code $attention.qk} stands for a parameter, or for the parameters of a layer separated by
 *       commas (weight, bias), cast to {@code $dtype} once per call; {@code $stored.attention.qk}
 *       is the same without the cast. Any method may use parameters.
 * </ul>
 *
 * <p>The result is on the manager of the first input, so activations come first. Thread-safe.
 */
public final class Kernel {
  private static final Map<KernelDefinition, Kernel> KERNELS = new ConcurrentHashMap<>();
  private static final ThreadLocal<Boolean> PLAIN_EXECUTOR = new ThreadLocal<>();
  private static final Pattern LINE = Pattern.compile("__torch__\\.py\", line (\\d+)");

  private final KernelDefinition definition;
  private final String name;
  private final KernelText text;

  /** The same kernel in float32, for CPUs without fast bfloat16 products. */
  private final @Nullable Kernel widened;

  private @Nullable PtSymbolBlock block;

  private Kernel(KernelDefinition definition, @Nullable Kernel widened) {
    this.definition = definition;
    this.name = definition.name();
    this.text = new KernelText(definition);
    this.widened = widened;
  }

  /**
   * A kernel, compiled on its first call.
   *
   * @param name a TorchScript class name, for messages and profiles
   * @param text its methods, of which {@code forward} is called
   * @param constants the value of each {@code $name}; a {@link Precision} stands for its type, or
   *     for float32 if {@link Bfloat16Products} are widened
   * @param parameters the names of the parameters that the text may use
   * @throws IllegalArgumentException if the text uses any other name
   */
  public static Kernel of(
      String name, String text, Map<String, ?> constants, List<String> parameters) {
    return of(new KernelDefinition(name, text, constants, parameters, Set.of()));
  }

  private static Kernel of(KernelDefinition definition) {
    Kernel widened = definition.inBfloat16() ? of(definition.widened()) : null;
    return KERNELS.computeIfAbsent(definition, key -> new Kernel(key, widened));
  }

  /** A kernel without parameters. */
  public static Kernel of(String name, String text, Map<String, ?> constants) {
    return of(name, text, constants, List.of());
  }

  /** A kernel without constants or parameters. */
  public static Kernel of(String name, String text) {
    return of(name, text, Map.of());
  }

  /** The parameters that the text uses, in the order of {@link #call}'s inputs. */
  public List<String> parameters() {
    return text.parameters();
  }

  /** The parameters that the text uses as stored, without the cast. */
  public Set<String> storedParameters() {
    return text.storedParameters();
  }

  /**
   * The same kernel with some of its parameters in int8, each (out, in) with a scale per row (out,
   * 1). A row is its int8 values times its scale, computed in {@code $dtype} where the text uses
   * the parameter. The scales follow the parameters among the inputs of {@link #call}, in the order
   * of {@link #parameters()}.
   *
   * @throws IllegalArgumentException if the text uses one of them as stored
   */
  public Kernel withInt8(Set<String> names) {
    return of(definition.withInt8(names));
  }

  /** The names of the kernels compiled in this process so far, in no particular order. */
  public static List<String> compiled() {
    return KERNELS.values().stream().filter(k -> k.block != null).map(k -> k.name).toList();
  }

  /** Compiles the kernels of these names created so far, and returns their names; for tests. */
  static List<String> compile(Set<String> names) {
    List<Kernel> kernels = KERNELS.values().stream().filter(k -> names.contains(k.name)).toList();
    kernels.forEach(Kernel::ready);
    return kernels.stream().map(kernel -> kernel.name).toList();
  }

  /**
   * Runs {@code forward}, which returns one tensor.
   *
   * @param inputs the activations, followed by the {@link #parameters()}
   */
  public NDArray call(NDArray... inputs) {
    return run(new NDList(inputs)).singletonOrThrow();
  }

  /** Runs {@code forward}, which returns a tuple of tensors. */
  public NDList callAll(NDArray... inputs) {
    return run(new NDList(inputs));
  }

  /**
   * Runs {@code forward}, whose arguments are all {@code List[Tensor]} and which returns one
   * tensor, placed on the manager of the first tensor.
   */
  public NDArray callLists(List<? extends Collection<NDArray>> lists) {
    NDArray first = lists.get(0).iterator().next();
    Kernel kernel = on(first.getDevice());
    PtSymbolBlock module = kernel.ready();
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
    } catch (EngineException e) {
      throw kernel.located("fails", e);
    } finally {
      for (IValue argument : arguments) {
        if (argument != null) {
          argument.close();
        }
      }
    }
  }

  private NDList run(NDList inputs) {
    Kernel kernel = on(inputs.head().getDevice());
    PtSymbolBlock module = kernel.ready();
    try {
      return IValueUtils.forward(module, inputs, true);
    } catch (EngineException e) {
      throw kernel.located("fails", e);
    }
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
      NDManager system = NativeRuntime.engine().newBaseManager().getParentManager();
      byte[] archive = TorchScriptArchive.pack(name, text.script());
      try {
        module =
            JniUtils.loadModule(
                (PtNDManager) system, new ByteArrayInputStream(archive), false, false);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (EngineException e) {
        throw located("does not compile", e);
      }
      block = module;
    }
    return module;
  }

  private EngineException located(String problem, EngineException error) {
    // The innermost call is the last one libtorch lists when a kernel fails, and the first one when
    // it does not compile.
    int line = 0;
    Matcher found = LINE.matcher(String.valueOf(error.getMessage()));
    while (found.find() && (block != null || line == 0)) {
      line = Integer.parseInt(found.group(1)) - TorchScriptArchive.LINES_BEFORE_METHODS;
    }
    return new EngineException(text.place(line) + " " + problem + ": " + error.getMessage(), error);
  }

  @Override
  public String toString() {
    return "kernel " + name;
  }
}
