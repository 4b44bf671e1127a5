package io.rapd.core.torch;

import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The memory that a device has.
 *
 * @param bytes in total, whether free or in use
 * @param limit what sets it, such as {@code physical memory}
 */
public record DeviceMemory(long bytes, String limit) {
  private static final Path PROCESSES = Path.of("/proc/self/cgroup");
  private static final Path MEMORY = Path.of("/proc/meminfo");
  private static final Path GROUPS = Path.of("/sys/fs/cgroup");
  private static final Pattern TOTAL = Pattern.compile("MemTotal:\\s+(\\d{1,15}) kB");

  /**
   * The memory of a GPU, or for the CPU the smaller of physical memory and the limit of the control
   * group that this process runs in.
   *
   * @return empty where the system does not tell
   */
  public static Optional<DeviceMemory> of(Device device) {
    if (device.isGpu()) {
      return CudaDriver.load()
          .flatMap(driver -> driver.memory(device.getDeviceId()))
          .map(bytes -> new DeviceMemory(bytes, "memory of " + Devices.name(device)));
    }
    return Stream.concat(physical(MEMORY).stream(), group(PROCESSES, GROUPS).stream())
        .min((a, b) -> Long.compare(a.bytes, b.bytes));
  }

  static Optional<DeviceMemory> physical(Path memory) {
    for (String line : lines(memory)) {
      Matcher total = TOTAL.matcher(line);
      if (total.matches()) {
        return Optional.of(
            new DeviceMemory(Long.parseLong(total.group(1)) << 10, "physical memory"));
      }
    }
    return Optional.empty();
  }

  /** The limits of this process's group and of those above it, in either version of cgroups. */
  static Optional<DeviceMemory> group(Path processes, Path groups) {
    Optional<DeviceMemory> least = Optional.empty();
    for (String line : lines(processes)) {
      String[] fields = line.split(":", 3); // number:controllers:path
      boolean second = fields.length == 3 && fields[1].isEmpty();
      boolean first = fields.length == 3 && List.of(fields[1].split(",")).contains("memory");
      if (!first && !second) {
        continue;
      }
      Path root = second ? groups : groups.resolve("memory");
      String file = second ? "memory.max" : "memory.limit_in_bytes";
      Path group = root.resolve(fields[2].replaceFirst("^/+", "")).normalize();
      for (; group != null && group.startsWith(root); group = group.getParent()) {
        for (String limit : lines(group.resolve(file))) {
          // "max", and in the first version a number near 2^63, mean none.
          if (limit.matches("\\d{1,15}")
              && (least.isEmpty() || Long.parseLong(limit) < least.get().bytes)) {
            least =
                Optional.of(new DeviceMemory(Long.parseLong(limit), "limit of the control group"));
          }
        }
      }
    }
    return least;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of(); // another system, or no such controller
    }
  }

  /** Gigabytes (10^9) with two decimals, such as {@code 4.53 GB}. */
  public static String gigabytes(long bytes) {
    return message("%.2f GB", bytes / 1e9);
  }
}
