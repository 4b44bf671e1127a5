package io.rapd.core.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * Noise as {@code torch.randn(shape, generator=torch.Generator("cpu").manual_seed(seed))} draws it,
 * to compare images with those of a PyTorch program. libtorch draws it itself, from a generator of
 * its own per call: the values are PyTorch's bit by bit on the same kind of processor (libtorch's
 * vectorised logarithm and cosine differ in the last bits between instruction sets), and the
 * process's default generator is left alone.
 *
 * <p>{@link RandomStream} is what runs and models of this library use: it can continue at any step,
 * while this is one sequence from its start. Safe for use by several threads.
 */
public final class TorchRandn {
  /**
   * libtorch makes the generator once per kernel, as a constant; each call seeds it again, hence
   * {@code synchronized} below.
   */
  private static final String SOURCE =
      """
      def forward(self, seed: Tensor, count: Tensor) -> Tensor:
        generator = torch.Generator(device="cpu", seed=0)
        seeded = torch.manual_seed(generator, int(seed))
        return torch.randn([int(count)], generator=generator)
      """;

  private TorchRandn() {}

  /**
   * Independent N(0, 1) values.
   *
   * @param seed PyTorch's generator uses its lower 32 bits
   * @return float32 of that shape on the manager and its device; drawn on the CPU
   */
  public static synchronized NDArray normal(NDManager manager, Shape shape, long seed) {
    try (NDManager host = manager.newSubManager(Device.cpu())) {
      NDArray values =
          Kernel.of("TorchRandn", SOURCE).call(host.create(seed), host.create(shape.size()));
      NDArray shaped = values.reshape(shape);
      NDArray placed =
          manager.getDevice().equals(Device.cpu())
              ? shaped
              : shaped.toDevice(manager.getDevice(), true);
      placed.attach(manager);
      return placed;
    }
  }
}
