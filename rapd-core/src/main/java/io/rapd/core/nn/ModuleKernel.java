package io.rapd.core.nn;

import ai.djl.ndarray.NDArray;
import io.rapd.core.torch.Kernel;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** A kernel of a module, called with activations alone: the module's parameters are added. */
public final class ModuleKernel {
  private final Kernel kernel;
  private final Map<String, Parameter> declared;
  private final Parameter[] parameters;

  ModuleKernel(Kernel kernel, Map<String, Parameter> declared) {
    this.kernel = kernel;
    this.declared = declared;
    parameters = kernel.parameters().stream().map(declared::get).toArray(Parameter[]::new);
  }

  /** The parameters that it uses. */
  List<Parameter> used() {
    return List.of(parameters);
  }

  /** Those that it uses as stored, and which therefore cannot be int8. */
  Stream<Parameter> usedAsStored() {
    return kernel.storedParameters().stream().map(declared::get);
  }

  /** Runs the kernel; the result is on the manager of the first activation. */
  public NDArray call(NDArray... activations) {
    int own = activations.length;
    NDArray[] inputs = Arrays.copyOf(activations, own + 2 * parameters.length);
    int end = own + parameters.length;
    Set<String> int8 = new LinkedHashSet<>();
    for (int i = 0; i < parameters.length; i++) {
      inputs[own + i] = parameters[i].stored();
      NDArray scales = parameters[i].scales();
      if (scales != null) {
        int8.add(kernel.parameters().get(i));
        inputs[end++] = scales;
      }
    }
    Kernel chosen = int8.isEmpty() ? kernel : kernel.withInt8(int8);
    return chosen.call(Arrays.copyOf(inputs, end));
  }
}
