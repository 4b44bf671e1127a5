package io.rapd.core.nn;

import ai.djl.ndarray.NDArray;
import io.rapd.core.torch.Kernel;
import java.util.Arrays;
import java.util.Map;

/** A kernel of a module, called with activations alone: the module's parameters are added. */
public final class ModuleKernel {
  private final Kernel kernel;
  private final Parameter[] parameters;

  ModuleKernel(Kernel kernel, Map<String, Parameter> declared) {
    this.kernel = kernel;
    parameters = kernel.parameters().stream().map(declared::get).toArray(Parameter[]::new);
  }

  /** Runs the kernel; the result is on the manager of the first activation. */
  public NDArray call(NDArray... activations) {
    NDArray[] inputs = Arrays.copyOf(activations, activations.length + parameters.length);
    for (int i = 0; i < parameters.length; i++) {
      inputs[activations.length + i] = parameters[i].value();
    }
    return kernel.call(inputs);
  }
}
