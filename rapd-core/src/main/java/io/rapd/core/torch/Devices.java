package io.rapd.core.torch;

import ai.djl.Device;
import ai.djl.engine.Engine;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The device named on the command line: {@code auto}, {@code cpu} or {@code cuda:N}. */
public final class Devices {
  private static final Pattern CUDA = Pattern.compile("cuda(?::(\\d{1,3}))?");

  private Devices() {}

  /**
   * The device of that name; {@code auto} is the first GPU where there is one, else the CPU.
   *
   * @throws IllegalArgumentException for another name, or a GPU that this machine or this build of
   *     libtorch does not have
   */
  public static Device of(String name) {
    int gpus = Engine.getEngine("PyTorch").getGpuCount();
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
          "device " + name + " asked for, but libtorch sees " + gpus + " CUDA device(s) here");
    }
    return Device.gpu(index);
  }

  /** The name by which {@link #of} gives the device again. */
  public static String name(Device device) {
    return device.isGpu() ? "cuda:" + device.getDeviceId() : "cpu";
  }
}
