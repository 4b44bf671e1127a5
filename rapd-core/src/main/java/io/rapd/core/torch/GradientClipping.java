package io.rapd.core.torch;

import ai.djl.ndarray.NDArray;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Clips gradients to a global norm, as {@code torch.nn.utils.clip_grad_norm_}. */
public final class GradientClipping {
  private static final String SOURCE =
      """
      def forward(grads: List[Tensor]):
        norm = torch.norm(torch.stack(torch._foreach_norm(grads, 2)))
        factor = torch.clamp(torch.reciprocal(norm + 1.0e-06) * $limit, None, 1.0)
        _0 = torch._foreach_mul_(grads, factor)
        return norm
      """;

  private GradientClipping() {}

  /**
   * Scales the gradients in place so that their global norm is at most {@code limit}.
   *
   * @return the norm before scaling; not finite if any gradient is not
   */
  public static double clip(Collection<NDArray> gradients, double limit) {
    try (GradMode off = GradMode.disabled();
        NDArray norm =
            Kernel.of("ClipGradients", SOURCE, Map.of("limit", limit))
                .callLists(List.of(gradients))) {
      return HostRead.scalar(norm);
    }
  }
}
