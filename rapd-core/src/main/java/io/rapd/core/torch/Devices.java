package io.rapd.core.torch;

import ai.djl.Device;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Devices by name: {@code auto}, {@code cpu} or {@code cuda:N}. */
public final class Devices {
  private static final Pattern CUDA = Pattern.compile("cuda(?::(\\d{1,3}))?");

  private Devices() {}

  /**
   * The device of this name; {@code auto} is the first GPU, or the CPU if there is none.
   *
   * @throws IllegalArgumentException for any other name, and for a GPU that libtorch does not see
   */
  public static Device of(String name) {
    int gpus = NativeRuntime.engine().getGpuCount();
    if (name.equals("auto")) {
      return gpus > 0 ? Device.gpu(0) : Device.cpu();
    }
    if (name.equals("cpu")) {
      return Device.cpu();
    }
    Matcher cuda = CUDA.matcher(name);
    if (!cuda.matches()) {
      throw new IllegalArgumentException(
          "device must be auto, cpu or cuda:N, got \"" + name + "\"");
    }
    int index = cuda.group(1) == null ? 0 : Integer.parseInt(cuda.group(1));
    if (index >= gpus) {
      throw new IllegalArgumentException(
          "device "
              + name
              + " asked for, but libtorch sees "
              + gpus
              + " CUDA device(s) here"
              + LibtorchChoice.withoutCuda());
    }
    return Device.gpu(index);
  }

  /** The name for which {@link #of} returns this device. */
  public static String name(Device device) {
    return device.isGpu() ? "cuda:" + device.getDeviceId() : "cpu";
  }
}
