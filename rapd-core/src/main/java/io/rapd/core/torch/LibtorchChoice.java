package io.rapd.core.torch;

import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;

/**
 * Which libtorch this process will load: the installed one that {@code PYTORCH_LIBRARY_PATH} names,
 * or the natives on the class path. Without this check DJL would download one.
 */
final class LibtorchChoice {
  private static final String INSTALLED = "PYTORCH_LIBRARY_PATH";
  private static final String PROPERTIES = "native/lib/pytorch.properties";
  private static final String CPU = "cpu";

  private LibtorchChoice() {}

  /**
   * Checks that there is a libtorch for this machine.
   *
   * @throws IllegalStateException saying what to add where there is none
   */
  static void require() {
    if (isInstalled()) {
      return;
    }
    List<String> flavors = flavors();
    if (flavors.isEmpty()) {
      throw new IllegalStateException(
          "there is no libtorch on the class path: add io.rapd:rapd-native-cpu or"
              + " io.rapd:rapd-native-cuda, or name the folder of an installed one with "
              + INSTALLED);
    }
    if (!holdsCpu(flavors) && CudaUtils.getGpuCount() == 0) {
      throw new IllegalStateException(
          "the libtorch on the class path is for CUDA ("
              + String.join(", ", flavors)
              + "), but there is no GPU with CUDA 12.8 or later here: libcudart.so must be in a"
              + " folder of LD_LIBRARY_PATH, beside an NVIDIA driver; for the CPU take"
              + " io.rapd:rapd-native-cpu");
    }
  }

  /** Why there is no GPU, as the end of a message; empty where the natives are not the reason. */
  static String withoutCuda() {
    return !isInstalled() && flavors().stream().allMatch(flavor -> flavor.startsWith(CPU))
        ? "; the libtorch on the class path is for the CPU: take io.rapd:rapd-native-cuda, or build"
            + " scripts/rapd with mvn -Pcuda"
        : "";
  }

  private static boolean isInstalled() {
    String folder = System.getenv(INSTALLED);
    return folder != null || System.getProperty(INSTALLED) != null;
  }

  private static boolean holdsCpu(List<String> flavors) {
    return flavors.stream().anyMatch(flavor -> flavor.startsWith(CPU));
  }

  /** Of the natives on the class path, such as {@code cpu} and {@code cu128}. */
  private static List<String> flavors() {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    if (loader == null) {
      loader = LibtorchChoice.class.getClassLoader();
    }
    List<String> flavors = new ArrayList<>();
    try {
      for (URL url : Collections.list(loader.getResources(PROPERTIES))) {
        Properties properties = new Properties();
        try (InputStream in = url.openStream()) {
          properties.load(in);
        }
        flavors.add(properties.getProperty("flavor", ""));
      }
    } catch (IOException e) {
      throw new IllegalStateException(PROPERTIES + " on the class path cannot be read: " + e, e);
    }
    return flavors;
  }
}
