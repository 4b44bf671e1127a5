package io.rapd.nif.render;

import ai.djl.ndarray.NDArray;
import io.rapd.core.nn.ModuleKernel;

/**
 * Normalisation, SiLU and a 3x3 convolution, which CLIF repeats.
 *
 * @param own with the statistics of the given array, or without normalisation
 * @param given with statistics of the whole image, (2, B, groups): mean and variance
 */
record ClifStep(ModuleKernel own, ModuleKernel given) {
  static final String PLAIN =
      """
      def forward(x):
        y = torch.conv2d(torch.silu(torch.to(x, $dtype)), $conv, [1, 1], [1, 1])
        return torch.to(y, $float32)
      """;

  static final String OWN =
      """
      def forward(x):
        n = torch.group_norm(x, $groups, $norm, 1.0e-06)
        y = torch.conv2d(torch.silu(torch.to(n, $dtype)), $conv, [1, 1], [1, 1])
        return torch.to(y, $float32)
      """;

  static final String GIVEN =
      """
      def forward(x, statistics):
        repeats = torch.size(x, 1) // $groups
        mean = torch.repeat_interleave(torch.select(statistics, 0, 0), repeats, 1)
        variance = torch.repeat_interleave(torch.select(statistics, 0, 1), repeats, 1)
        scale = $scale * torch.rsqrt(variance + 1.0e-06)
        shift = $shift - mean * scale
        n = x * channels(scale) + channels(shift)
        y = torch.conv2d(torch.silu(torch.to(n, $dtype)), $conv, [1, 1], [1, 1])
        return torch.to(y, $float32)
      def channels(v):
        return torch.unsqueeze(torch.unsqueeze(v, -1), -1)
      """;

  /** Applies the step with the statistics of {@code x} itself. */
  NDArray forward(NDArray x) {
    return own.call(x);
  }

  /** Applies the step with the statistics of the whole image. */
  NDArray forward(NDArray x, NDArray statistics) {
    return given.call(x, statistics);
  }
}
