package io.rapd.train.loop;

import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import io.rapd.core.config.ConfigException;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.torch.DeviceMemory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Compares the memory plan of a run with the memory of its device. */
public final class PlanCheck {
  /** The system property that turns the refusal into a warning: {@code warn}. */
  public static final String PROPERTY = "rapd.plan";

  private PlanCheck() {}

  /**
   * Refuses a configuration whose plan exceeds the memory of the device.
   *
   * @throws ConfigException that says what to change so that it fits
   */
  public static <C extends StageConfig> void requireFit(C config, Class<C> type, Device device) {
    warnOfHeap(config.plan(device));
    Optional<DeviceMemory> memory = DeviceMemory.of(device);
    Optional<String> misfit = memory.flatMap(of -> misfit(config, type, device, of));
    if (misfit.isEmpty()) {
      return;
    }
    if (System.getProperty(PROPERTY, "refuse").equals("warn")) {
      System.err.println(misfit.get());
      return;
    }
    throw new ConfigException(
        misfit.get() + "; -D" + PROPERTY + "=warn trains in spite of the plan");
  }

  /** The limit that the virtual machine reports is below -Xmx by a survivor space or two. */
  private static void warnOfHeap(MemoryPlan plan) {
    long allowed = Runtime.getRuntime().maxMemory();
    if (allowed < plan.heap()) {
      System.err.println(
          message(
              "the Java heap (%d MB) is smaller than the batches and text states that the run keeps"
                  + " (%d MB): start Java with -Xmx%dm, or lower data.stream.threads or textCache",
              allowed >> 20, plan.heap() >> 20, plan.heapLimit() >> 20));
    }
  }

  /** What does not fit and what to change, or empty where the plan fits. */
  static <C extends StageConfig> Optional<String> misfit(
      C config, Class<C> type, Device device, DeviceMemory memory) {
    MemoryPlan plan = config.plan(device);
    if (plan.total() <= memory.bytes()) {
      return Optional.empty();
    }
    Map<String, String> changes = new LinkedHashMap<>();
    long least = plan.total();
    for (String saver : config.memorySavers(device)) {
      String[] change = saver.split("=", 2);
      Map<String, String> tried = new LinkedHashMap<>(changes);
      tried.put(change[0], change[1]);
      long total = ConfigFile.with(config, type, overrides(tried)).plan(device).total();
      if (total >= least) {
        continue;
      }
      changes.put(change[0], change[1]);
      least = total;
      if (least <= memory.bytes()) {
        break;
      }
    }
    String found =
        message(
            "training needs %s by the plan, more than the %s of %s",
            DeviceMemory.gigabytes(plan.total()),
            memory.limit(),
            DeviceMemory.gigabytes(memory.bytes()));
    return Optional.of(
        least <= memory.bytes()
            ? message(
                "%s; %s brings it to %s",
                found, String.join(", ", overrides(changes)), DeviceMemory.gigabytes(least))
            : message(
                "%s, and still %s with %s; use a device of more memory, or a smaller network",
                found,
                DeviceMemory.gigabytes(least),
                changes.isEmpty() ? "any setting" : String.join(", ", overrides(changes))));
  }

  private static List<String> overrides(Map<String, String> changes) {
    return changes.entrySet().stream()
        .map(change -> change.getKey() + "=" + change.getValue())
        .collect(Collectors.toList());
  }
}
