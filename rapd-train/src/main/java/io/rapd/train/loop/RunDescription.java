package io.rapd.train.loop;

import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import io.rapd.core.torch.Devices;
import io.rapd.core.torch.PrecisionChoice;
import java.util.ArrayList;
import java.util.List;

/** What a run says before its first step, and {@code rapd info --config} without training. */
public final class RunDescription {
  private RunDescription() {}

  /** Device, precision, parameters, data, heap and the memory plan, one line each. */
  public static List<String> lines(StageConfig config, Device device) {
    MemoryPlan plan = config.plan(device);
    List<String> lines = new ArrayList<>();
    lines.add(line("device", Devices.name(device)));
    String auto = config.precision() == PrecisionChoice.AUTO ? " (auto)" : "";
    lines.add(line("precision", config.precision().on(device).on(device) + auto));
    lines.add(
        line(
            "data",
            message(
                "%s, %s; batches of %d",
                config.data().location(),
                config.data().stream().streams() > 0
                    ? config.data().stream().streams() + " streams"
                    : "random access",
                config.loop().batchSize())));
    lines.add(
        line(
            "heap",
            message(
                "-Xmx%dm is enough; this process has %d MB",
                plan.heapLimit() >> 20, Runtime.getRuntime().maxMemory() >> 20)));
    lines.add("memory plan");
    lines.addAll(plan.lines());
    return lines;
  }

  private static String line(String name, String value) {
    return message("%-12s %s", name, value);
  }
}
