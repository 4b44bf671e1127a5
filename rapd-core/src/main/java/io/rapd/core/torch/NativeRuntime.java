package io.rapd.core.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The native side of this process: libtorch, and what must be set before it loads. Everything in
 * this library that needs DJL gets it here; an application that uses DJL itself calls {@link
 * #prepare} before it does.
 *
 * <p>Settings of the user always win: environment variables and system properties that are set stay
 * as they are. The system property {@code rapd.tuning=off} leaves OpenMP and the allocator alone.
 * Safe for use by several threads.
 */
public final class NativeRuntime {
  private static @Nullable NativeRuntime prepared;

  private final CacheFolder.Choice folders;
  private final Path run;
  private final Map<String, String> inForce = new LinkedHashMap<>();
  private volatile boolean checked;

  private NativeRuntime() {
    folders = CacheFolder.choose();
    set(CacheFolder.SETTING, folders.djl().toString());
    run = processFolder(folders);
    // DJL otherwise looks for a CUDA build of its tokenizers on the network where there is a GPU,
    // and reports its use when it runs in Amazon's cloud.
    set("RUST_FLAVOR", "cpu");
    set("OPT_OUT_TRACKING", "true");
    // The profiling executor stalls for seconds in backward on the second and third call.
    set("ai.djl.pytorch.graph_optimizer", "false");
    inForce.putAll(RuntimeTuning.apply().inForce());
    inForce.put("tf32", Tf32.apply());
    inForce.put("executor", executor());
    inForce.put("natives", libtorchFolder() + "; others in " + folders.own());
  }

  /**
   * Chooses the folder for native libraries, and sets OpenMP, the allocator and DJL's executor so
   * that libtorch is fast on a CPU. Once per process; later calls do nothing.
   *
   * @throws IllegalStateException where there is no folder for native libraries; the message says
   *     what to set
   */
  public static void prepare() {
    instance();
  }

  private static synchronized NativeRuntime instance() {
    NativeRuntime runtime = prepared;
    if (runtime == null) {
      runtime = new NativeRuntime();
      prepared = runtime;
    }
    return runtime;
  }

  /**
   * DJL's PyTorch engine, loaded after {@link #prepare}.
   *
   * @throws IllegalStateException where there is no libtorch for this machine or it cannot be
   *     loaded; the message says what to add or set
   */
  public static Engine engine() {
    NativeRuntime runtime = instance();
    if (!runtime.checked) {
      LibtorchChoice.require();
      runtime.checked = true;
    }
    try {
      return Engine.getEngine("PyTorch");
    } catch (EngineException | LinkageError e) {
      throw new IllegalStateException(
          "libtorch cannot be loaded from "
              + runtime.libtorchFolder()
              + ": "
              + OneLine.of(e)
              + "; name another folder with "
              + CacheFolder.SETTING
              + ", in the environment or as a system property",
          e);
    }
  }

  /**
   * A new manager of arrays on the device; the caller closes it.
   *
   * @throws IllegalStateException where libtorch cannot be loaded
   */
  public static NDManager newManager(Device device) {
    return engine().newBaseManager(device);
  }

  /**
   * What is in force, in this order: {@code openmp}, {@code allocator}, {@code tf32} ({@link
   * Tf32}), {@code executor} (libtorch's profiling executor of kernels), {@code natives} (the
   * folders of native libraries).
   */
  public static Map<String, String> inForce() {
    return Collections.unmodifiableMap(instance().inForce);
  }

  /**
   * The folder of this library in the user's cache, writable: unpacked native libraries and models.
   *
   * @throws IllegalStateException as {@link #prepare}
   */
  public static Path folder() {
    return instance().folders.own().resolve("rapd");
  }

  /**
   * A new, empty folder for files of this process alone. What is left of it when the process ends,
   * or is killed, is deleted by a later one.
   *
   * @throws IllegalStateException where it cannot be created
   */
  public static Path newProcessFolder() {
    NativeRuntime runtime = instance();
    try {
      return Files.createDirectory(runtime.run.resolve(UUID.randomUUID().toString()));
    } catch (IOException e) {
      throw new IllegalStateException(
          runtime.run + ": no folder for temporary files: " + e.getMessage(), e);
    }
  }

  private String libtorchFolder() {
    for (String setting : new String[] {"PYTORCH_LIBRARY_PATH", "ENGINE_CACHE_DIR"}) {
      String value = System.getenv(setting);
      value = value != null ? value : System.getProperty(setting);
      if (value != null && !value.isEmpty()) {
        return value;
      }
    }
    return folders.djl().toString();
  }

  private static String executor() {
    boolean profiling = Boolean.parseBoolean(System.getProperty("ai.djl.pytorch.graph_optimizer"));
    return profiling ? "profiling (ai.djl.pytorch.graph_optimizer=true)" : "plain";
  }

  /** Libraries that are unpacked by each process lie in a folder that is deleted at its end. */
  private static Path processFolder(CacheFolder.Choice folders) {
    Path run;
    try {
      run = ProcessFolder.create(folders.own().resolve("rapd").resolve("run"));
    } catch (IOException e) {
      run = folders.own(); // without locks on this file system; it serves, but leftovers stay
    }
    for (String user : new String[] {"jna.tmpdir", "com.luciad.imageio.webp.tmpdir"}) {
      set(user, run.toString());
    }
    return run;
  }

  private static void set(String property, String value) {
    if (System.getenv(property) == null && System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
