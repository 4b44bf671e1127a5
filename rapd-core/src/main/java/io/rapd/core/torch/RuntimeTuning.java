package io.rapd.core.torch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * OpenMP and allocator settings without which libtorch is several times slower on a CPU
 * (docs/decisions/0018-native-runtime.md). Settings of the user, from the environment, stay as they
 * are.
 *
 * <p>libgomp reads its environment when it is loaded, so {@link #apply} must come before the engine
 * loads; where it comes later, a warning says what is lost.
 */
final class RuntimeTuning {
  private static final Logger LOG = LoggerFactory.getLogger(RuntimeTuning.class);

  /** The system property that turns this off, for applications with settings of their own. */
  static final String PROPERTY = "rapd.tuning";

  /** OpenMP threads that wait spin this often before they sleep; libgomp's default spins for ms. */
  private static final String SPINS = "1000";

  /** How much more than needed the allocator takes from the kernel at a time, in bytes. */
  private static final int TOP_PAD = 256 << 20;

  private static final Pattern LIBTORCH = Pattern.compile("/libtorch[^/]*\\.so[^/]*$");
  private static final Pattern LIBGOMP = Pattern.compile("/libgomp[^/]*\\.so[^/]*$");

  private final Map<String, String> inForce = new LinkedHashMap<>();

  private RuntimeTuning() {}

  /**
   * Applies what the environment leaves open. Does nothing off Linux, without glibc, or where the
   * system property {@code rapd.tuning} is {@code off}.
   */
  static RuntimeTuning apply() {
    RuntimeTuning tuning = new RuntimeTuning();
    Libc libc;
    try {
      libc = System.getProperty(PROPERTY, "on").equals("off") ? null : Libc.glibc();
    } catch (LinkageError e) {
      LOG.warn(
          "libc cannot be called ({}), so libtorch runs with default OpenMP and allocator settings,"
              + " several times slower beside other processes; set GOMP_SPINCOUNT={} in the"
              + " environment, or jna.tmpdir to a folder from which libraries can be loaded",
          OneLine.of(e),
          SPINS);
      tuning.inForce.put("openmp", "defaults; libc cannot be called");
      tuning.inForce.put("allocator", "defaults; libc cannot be called");
      return tuning;
    }
    tuning.openMp(libc);
    tuning.allocator(libc);
    return tuning;
  }

  private void openMp(@Nullable Libc libc) {
    String set = variables("OMP_", "GOMP_", "KMP_", "MKL_");
    boolean chosen =
        System.getenv("GOMP_SPINCOUNT") != null || System.getenv("OMP_WAIT_POLICY") != null;
    if (libc == null || chosen) {
      inForce.put("openmp", set.isEmpty() ? "defaults" : set);
      return;
    }
    if (libc.getenv("GOMP_SPINCOUNT") == null && engineLoaded()) {
      LOG.warn(
          "libtorch was loaded before rapd was first used, so GOMP_SPINCOUNT={} has no effect:"
              + " beside other processes libtorch may run several times slower. Call"
              + " NativeRuntime.prepare() before anything else uses DJL, or set the variable in the"
              + " environment",
          SPINS);
      inForce.put("openmp", join(set, "default spinning; libtorch was loaded before rapd"));
      return;
    }
    libc.setenvIfAbsent("GOMP_SPINCOUNT", SPINS);
    inForce.put("openmp", join(set, "GOMP_SPINCOUNT=" + SPINS + " (by rapd)"));
  }

  private void allocator(@Nullable Libc libc) {
    String set = variables("MALLOC_", "GLIBC_TUNABLES", "THP_MEM_ALLOC_ENABLE", "LD_PRELOAD");
    if (libc == null) {
      inForce.put("allocator", set.isEmpty() ? "defaults" : set);
      return;
    }
    set = join(set, tuned(libc, "MALLOC_MMAP_MAX_", "mmap_max", Libc.M_MMAP_MAX, 0));
    // -1 is the largest size: memory is never given back to the kernel.
    set = join(set, tuned(libc, "MALLOC_TRIM_THRESHOLD_", "trim", Libc.M_TRIM_THRESHOLD, -1));
    set = join(set, tuned(libc, "MALLOC_TOP_PAD_", "top_pad", Libc.M_TOP_PAD, TOP_PAD));
    inForce.put("allocator", set.isEmpty() ? "defaults" : set);
  }

  /** Sets a parameter unless the user did, by its variable or by glibc's tunable. */
  private static String tuned(
      Libc libc, String variable, String tunable, int parameter, int value) {
    String tunables = System.getenv("GLIBC_TUNABLES");
    boolean chosen =
        System.getenv(variable) != null
            || (tunables != null && tunables.contains("glibc.malloc." + tunable));
    if (chosen) {
      return "";
    }
    libc.mallopt(parameter, value);
    return variable + "=" + value + " (by rapd)";
  }

  /** Whether a libtorch, or the system's libgomp that it would share, is in this process. */
  private static boolean engineLoaded() {
    boolean shared = System.getenv("PYTORCH_LIBRARY_PATH") != null;
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"), ISO_8859_1)) {
      return maps.anyMatch(
          line -> LIBTORCH.matcher(line).find() || (shared && LIBGOMP.matcher(line).find()));
    } catch (IOException | UncheckedIOException e) {
      return false; // without /proc there is no telling
    }
  }

  /** What is in force: {@code openmp} and {@code allocator}. */
  Map<String, String> inForce() {
    return inForce;
  }

  private static String join(String first, String second) {
    return first.isEmpty() || second.isEmpty() ? first + second : first + " " + second;
  }

  private static String variables(String... prefixes) {
    return String.join(
        " ",
        System.getenv().entrySet().stream()
            .filter(entry -> List.of(prefixes).stream().anyMatch(entry.getKey()::startsWith))
            .map(entry -> entry.getKey() + "=" + entry.getValue())
            .sorted()
            .toList());
  }
}
