package io.rapd.core.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * N(0, 1) values per sample, drawn by libtorch on the device. Each sample has a seed and a
 * generator of its own, so its values do not depend on the other samples of the array. They do
 * depend on the kind of device: a CPU and a GPU draw different values from one seed. On a CPU
 * libtorch's generator uses the lower 32 bits of a seed.
 */
public final class SampleNoise {
  private static final String SOURCE =
      """
      def forward(seeds):
        rows = annotate(List[Tensor], [])
        for seed in torch.unbind(seeds, 0):
          generator = torch.Generator(device="$device", seed=int(seed))
          row = torch.randn([$shape], generator=generator, device=torch.device("$device"))
          rows = torch.append(rows, row)
        return torch.stack(rows, 0)
      """;

  private SampleNoise() {}

  /**
   * One sample per seed.
   *
   * @param seeds at least one
   * @param sample shape of a sample; may be a scalar
   * @return (B, sample...), float32, on the manager and its device
   */
  public static NDArray normal(NDManager manager, long[] seeds, Shape sample) {
    String shape =
        Arrays.stream(sample.getShape()).mapToObj(Long::toString).collect(Collectors.joining(", "));
    Kernel kernel =
        Kernel.of(
            "SampleNoise",
            SOURCE,
            Map.of("device", Devices.name(manager.getDevice()), "shape", shape));
    try (GradMode off = GradMode.disabled();
        NDManager host = manager.newSubManager(Device.cpu())) {
      NDArray noise = kernel.call(host.create(seeds));
      noise.attach(manager);
      return noise;
    }
  }
}
