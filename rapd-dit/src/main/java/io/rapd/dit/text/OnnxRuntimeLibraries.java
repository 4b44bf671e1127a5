package io.rapd.dit.text;

import ai.onnxruntime.OrtEnvironment;
import io.rapd.core.torch.NativeLibraries;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * ONNX Runtime's native libraries in the cache folder. By itself it unpacks them into a new folder
 * in the temporary folder at each start, and never deletes that folder.
 */
final class OnnxRuntimeLibraries {
  private static final String SETTING = "onnxruntime.native.path";

  private OnnxRuntimeLibraries() {}

  /**
   * ONNX Runtime's environment, its libraries loaded from the cache folder unless the user has
   * named another.
   */
  static synchronized OrtEnvironment environment() {
    String resources = "/ai/onnxruntime/native/" + platform() + "/";
    List<String> libraries =
        List.of(
            resources + System.mapLibraryName("onnxruntime"),
            resources + System.mapLibraryName("onnxruntime4j_jni"));
    boolean embedded =
        libraries.stream().allMatch(name -> OrtEnvironment.class.getResource(name) != null);
    if (System.getProperty(SETTING) == null && embedded) {
      String version =
          Objects.requireNonNullElse(
              OrtEnvironment.class.getPackage().getImplementationVersion(), "unknown");
      Path folder =
          NativeLibraries.unpacked("onnxruntime-" + version, OrtEnvironment.class, libraries);
      System.setProperty(SETTING, folder.toString());
    }
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    deleteTemporaryFolder();
    return environment;
  }

  /** As ONNX Runtime calls it. */
  private static String platform() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    String system = os.contains("mac") ? "osx" : os.contains("win") ? "win" : "linux";
    return system + "-" + (arch.equals("amd64") || arch.equals("x86_64") ? "x64" : arch);
  }

  /** The folder that it makes all the same, empty; it has no other way to be told of it. */
  private static void deleteTemporaryFolder() {
    try {
      Field field = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("tempDirectory");
      field.setAccessible(true);
      if (field.get(null) instanceof Path folder) {
        Files.deleteIfExists(folder);
      }
    } catch (ReflectiveOperationException | RuntimeException | IOException e) {
      // Empty, it is deleted when the process ends.
    }
  }
}
