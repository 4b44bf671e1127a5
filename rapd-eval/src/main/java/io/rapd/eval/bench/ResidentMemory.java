package io.rapd.eval.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;

/** The highest resident memory of this process, as Linux counts it. */
final class ResidentMemory {
  private static final Path CLEAR = Path.of("/proc/self/clear_refs");
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String PEAK = "VmHWM:";

  private ResidentMemory() {}

  /** Begins to count again; false where the system cannot. */
  static boolean reset() {
    try {
      Files.writeString(CLEAR, "5", StandardOpenOption.WRITE); // proc(5): resets the peak
      return true;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  /** The peak since then, in bytes. */
  static OptionalLong peak() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(PEAK)) {
          String number = line.substring(PEAK.length()).replace("kB", "").strip();
          return OptionalLong.of(Long.parseLong(number) << 10);
        }
      }
      return OptionalLong.empty();
    } catch (IOException | RuntimeException e) {
      return OptionalLong.empty(); // another system
    }
  }
}
