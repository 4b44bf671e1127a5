package io.rapd.core.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.util.cuda.CudaUtils;
import io.rapd.core.fixture.ChildProcess;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs with other natives on their class path than the tests have. */
class LibtorchChoiceTest {
  @TempDir private Path scratch;

  /** Prints why libtorch does not load. */
  static final class Program {
    public static void main(String[] arguments) {
      try {
        NativeRuntime.engine();
        System.out.println("loaded");
        System.out.println(Devices.of("cuda:99"));
      } catch (IllegalStateException | IllegalArgumentException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  private String run(String classPath) throws Exception {
    ProcessBuilder program = ChildProcess.builder(classPath, Map.of(), Program.class.getName());
    program.environment().remove("PYTORCH_LIBRARY_PATH");
    ChildProcess child = ChildProcess.run(scratch, program);
    assertThat(child.status()).as(child.err()).isZero();
    assertThat(child.err()).isEmpty();
    return child.out();
  }

  private static String withoutNatives() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.contains("pytorch-native"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  @Test
  void withoutNativesNothingIsDownloadedAndTheMessageNamesThem() throws Exception {
    assertThat(run(withoutNatives()))
        .startsWith("there is no libtorch on the class path: ")
        .contains("io.rapd:rapd-native-cpu", "io.rapd:rapd-native-cuda", "PYTORCH_LIBRARY_PATH")
        .hasLineCount(1);
  }

  @Test
  void nativesForCudaWithoutGpuAreToldInOneLine() throws Exception {
    Assumptions.assumeTrue(CudaUtils.getGpuCount() == 0, "there is a GPU here");
    Path folder = Files.createDirectories(scratch.resolve("cuda/native/lib"));
    Files.writeString(
        folder.resolve("pytorch.properties"),
        "version=2.7.1\nflavor=cu128\nclassifier=linux-x86_64\nlibraries=libtorch.so\n");
    assertThat(run(scratch.resolve("cuda") + File.pathSeparator + withoutNatives()))
        .startsWith("the libtorch on the class path is for CUDA (cu128), but there is no GPU ")
        .contains("libcudart.so", "rapd-native-cpu")
        .hasLineCount(1);
  }

  @Test
  void aGpuThatCpuNativesCannotUseIsRefusedWithTheReason() throws Exception {
    assertThat(run(System.getProperty("java.class.path")).lines()).first().isEqualTo("loaded");
    assertThat(run(System.getProperty("java.class.path")))
        .contains("device cuda:99 asked for", "for the CPU: take io.rapd:rapd-native-cuda");
  }
}
