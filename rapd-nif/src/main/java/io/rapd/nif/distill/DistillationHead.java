package io.rapd.nif.distill;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import java.util.Map;

/**
 * Maps the latent to the teacher's patch grid (average pooling) and width (1x1 convolution). Used
 * for distillation only and not part of a trained model.
 */
public final class DistillationHead extends Module {
  private static final String SOURCE =
      """
      def forward(z, grid):
        size = [int(torch.select(grid, 0, 0)), int(torch.select(grid, 0, 1))]
        return torch.conv2d(torch.adaptive_avg_pool2d(z, size), $projection)
      """;

  private final ModuleKernel kernel;

  /**
   * A head without values yet.
   *
   * @param teacherWidth D of the teacher's patch features
   */
  public DistillationHead(int latentChannels, int teacherWidth) {
    layer("projection", new Shape(teacherWidth, latentChannels, 1, 1));
    kernel = kernel("DistillationHead", SOURCE, Map.of());
  }

  /**
   * The student features f.
   *
   * @param latent (B, C, H, W)
   * @return (B, D, gridHeight, gridWidth)
   */
  public NDArray forward(NDArray latent, int gridHeight, int gridWidth) {
    try (NDManager host = latent.getManager().newSubManager(Device.cpu())) {
      NDArray grid = host.create(new long[] {gridHeight, gridWidth});
      return kernel.call(latent, grid);
    }
  }
}
