package io.rapd.train.loop;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.nn.Module;
import io.rapd.core.torch.NativeRuntime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The state of a run after a step, as a checkpoint holds it.
 *
 * @param values of the module
 * @param averages of its trained parameters
 * @param moments of the optimiser
 * @param dataPosition of streamed data
 * @param manager of the arrays where they are copies
 */
record Snapshot(
    long step,
    Map<String, NDArray> values,
    Map<String, NDArray> averages,
    Map<String, NDArray> moments,
    Optional<String> dataPosition,
    @Nullable NDManager manager)
    implements AutoCloseable {

  /** The arrays of the run themselves, which the next step changes. */
  static Snapshot of(Module module, Optimizer optimizer, long step, Optional<String> dataPosition) {
    return new Snapshot(
        step, module.values(), optimizer.averages(), optimizer.moments(), dataPosition, null);
  }

  /**
   * Copies on a manager of their own: in main memory, except bfloat16 moments of a GPU, which the
   * engine cannot move and which are copied there.
   */
  Snapshot copy() {
    NDManager own = NativeRuntime.newManager(Device.cpu());
    try {
      return new Snapshot(
          step,
          copies(values, own),
          copies(averages, own),
          copies(moments, own),
          dataPosition,
          own);
    } catch (RuntimeException | Error e) {
      own.close();
      throw e;
    }
  }

  private static Map<String, NDArray> copies(Map<String, NDArray> arrays, NDManager own) {
    Map<String, NDArray> copies = new LinkedHashMap<>();
    arrays.forEach(
        (name, array) -> {
          NDArray copy =
              array.getDevice().isGpu() ? array.toDevice(Device.cpu(), true) : array.duplicate();
          copy.attach(own);
          copies.put(name, copy);
        });
    return copies;
  }

  /** Frees copies; arrays of the run itself stay. */
  @Override
  public void close() {
    if (manager != null) {
      manager.close();
    }
  }
}
