package io.rapd.core.torch;

import com.sun.jna.NativeLibrary;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.LongByReference;
import java.util.Optional;

/**
 * What NVIDIA's driver says about its devices, through JNA. The driver's library is there wherever
 * a device works; DJL asks the CUDA runtime, which need not be on the library path.
 */
final class CudaDriver {
  private static final int COMPUTE_CAPABILITY_MAJOR = 75;

  private final NativeLibrary driver;

  private CudaDriver(NativeLibrary driver) {
    this.driver = driver;
  }

  /** The driver, or none where it cannot be loaded or sees no device. */
  static Optional<CudaDriver> load() {
    try {
      boolean windows = System.getProperty("os.name").startsWith("Windows");
      CudaDriver loaded =
          new CudaDriver(NativeLibrary.getInstance(windows ? "nvcuda" : "libcuda.so.1"));
      return loaded.succeeds("cuInit", 0) ? Optional.of(loaded) : Optional.empty();
    } catch (LinkageError e) {
      return Optional.empty();
    }
  }

  /** All memory of a device in bytes. */
  Optional<Long> memory(int device) {
    LongByReference bytes = new LongByReference();
    return handle(device)
        .filter(handle -> succeeds("cuDeviceTotalMem_v2", bytes, handle))
        .map(handle -> bytes.getValue());
  }

  /** The major number of a device's compute capability. */
  Optional<Integer> capability(int device) {
    IntByReference major = new IntByReference();
    return handle(device)
        .filter(handle -> succeeds("cuDeviceGetAttribute", major, COMPUTE_CAPABILITY_MAJOR, handle))
        .map(handle -> major.getValue());
  }

  private Optional<Integer> handle(int device) {
    IntByReference handle = new IntByReference();
    return succeeds("cuDeviceGet", handle, device)
        ? Optional.of(handle.getValue())
        : Optional.empty();
  }

  private boolean succeeds(String function, Object... arguments) {
    return driver.getFunction(function).invokeInt(arguments) == 0;
  }
}
