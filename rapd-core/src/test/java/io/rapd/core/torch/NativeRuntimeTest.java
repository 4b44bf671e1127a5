package io.rapd.core.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.rapd.core.fixture.ChildProcess;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Each case in a process of its own: libgomp reads its settings once. */
class NativeRuntimeTest {
  @TempDir private Path scratch;

  /** Loads libtorch, says how it multiplies and whether glibc maps large blocks one by one. */
  static final class Program {
    public static void main(String[] arguments) {
      if (arguments.length > 0) {
        Engine.getEngine("PyTorch");
      }
      for (int i = 0; i < 2; i++) {
        try (NDManager manager = NativeRuntime.newManager(Device.cpu())) {
          System.out.println("sum " + manager.ones(new Shape(3)).sum());
        }
        NativeRuntime.prepare();
      }
      System.out.println("mapped " + isMapped(8L << 20));
      Libc libc = Libc.glibc();
      System.out.println(
          "override "
              + (libc == null ? "none" : libc.getenv("TORCH_ALLOW_TF32_CUBLAS_OVERRIDE"))
              + " "
              + (libc == null ? "none" : libc.getenv("NVIDIA_TF32_OVERRIDE")));
      NativeRuntime.inForce().forEach((name, value) -> System.out.println(name + ": " + value));
    }

    /** The second bit of the size in front of a glibc block. */
    private static boolean isMapped(long bytes) {
      Pointer block =
          NativeLibrary.getProcess().getFunction("malloc").invokePointer(new Object[] {bytes});
      return (block.getLong(-8) & 2) != 0;
    }
  }

  private ChildProcess run(Map<String, String> environment, String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = Program.class.getName();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    ChildProcess child = ChildProcess.run(scratch, environment, command);
    assertThat(child.status()).as(child.err()).isZero();
    return child;
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void libgompAndGlibcHaveTheSettingsWithoutAnyEnvironment() throws Exception {
    ChildProcess child = run(Map.of("OMP_DISPLAY_ENV", "VERBOSE"));
    assertThat(child.err()).contains("GOMP_SPINCOUNT = '1000'").doesNotContain("WARN");
    assertThat(child.out())
        .contains("mapped false", "openmp: ", "GOMP_SPINCOUNT=1000 (by rapd)")
        .contains("MALLOC_TOP_PAD_=268435456 (by rapd)", "executor: plain");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void tf32IsChosenInTheEnvironmentOfLibtorch() throws Exception {
    assertThat(run(Map.of("JAVA_TOOL_OPTIONS", "-Drapd.tf32=on")).out())
        .contains("override 1 null", "tf32: on (on a GPU)");
    assertThat(run(Map.of("JAVA_TOOL_OPTIONS", "-Drapd.tf32=off")).out())
        .contains("override null 0", "tf32: off (on a GPU)");
    Map<String, String> own =
        Map.of("JAVA_TOOL_OPTIONS", "-Drapd.tf32=on", "NVIDIA_TF32_OVERRIDE", "0");
    assertThat(run(own).out()).contains("override null 0", "tf32: NVIDIA_TF32_OVERRIDE=0");
    assertThatThrownBy(() -> Tf32.of("yes"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tf32 must be auto, on or off, got yes");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void settingsOfTheUserStay() throws Exception {
    Map<String, String> environment =
        Map.of("OMP_DISPLAY_ENV", "VERBOSE", "GOMP_SPINCOUNT", "7", "MALLOC_MMAP_MAX_", "65536");
    ChildProcess child = run(environment);
    assertThat(child.err()).contains("GOMP_SPINCOUNT = '7'").doesNotContain("WARN");
    assertThat(child.out())
        .contains("mapped true", "GOMP_SPINCOUNT=7", "MALLOC_MMAP_MAX_=65536")
        .doesNotContain("GOMP_SPINCOUNT=1000", "MALLOC_MMAP_MAX_=0");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void anEngineThatWasLoadedEarlierIsWarnedOfOnce() throws Exception {
    ChildProcess child = run(Map.of(), "engine first");
    assertThat(child.err().lines().filter(line -> line.contains("WARN")))
        .singleElement()
        .asString()
        .contains("libtorch was loaded before", "GOMP_SPINCOUNT=1000", "NativeRuntime.prepare()");
    assertThat(child.out()).contains("libtorch was loaded before rapd", "mapped false");
  }
}
