package io.rapd.core.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * AdamW as {@code torch.optim.AdamW}: decoupled weight decay, epsilon added after bias correction.
 * One fused kernel updates all arrays; the caller keeps the moments.
 *
 * @param beta1 decay rate of the first moment
 * @param beta2 decay rate of the second moment
 * @param epsilon added to the square root of the second moment
 * @param weightDecay parameters are first multiplied by 1 - learningRate * weightDecay
 */
public record AdamW(double beta1, double beta2, double epsilon, double weightDecay) {
  private static final String SOURCE =
      """
      def forward(params: List[Tensor], grads: List[Tensor], m: List[Tensor], v: List[Tensor], \
      steps: List[Tensor], rate: List[Tensor]):
        _0 = torch._fused_adamw_(params, grads, m, v, annotate(List[Tensor], []), steps, \
      lr=rate[0], beta1=$beta1, beta2=$beta2, weight_decay=$decay, eps=$eps, \
      amsgrad=False, maximize=False)
        return rate[0]
      """;

  /**
   * Moments in bfloat16 are widened for the step and rounded after it, one parameter at a time. Not
   * the fused operator, which takes lists: TorchScript removes its calls on lists made in a loop.
   */
  private static final String ROUNDED =
      """
      def forward(params: List[Tensor], grads: List[Tensor], m: List[Tensor], v: List[Tensor], \
      steps: List[Tensor], rate: List[Tensor]):
        scale1 = rate[0] / torch.rsub(torch.pow($beta1, steps[0]), 1)
        scale2 = torch.rsqrt(torch.rsub(torch.pow($beta2, steps[0]), 1))
        keep = torch.rsub(rate[0] * $decay, 1)
        for i in range(len(params)):
          m1 = torch.lerp(torch.to(m[i], $float32), grads[i], torch.full_like(keep, 1. - $beta1))
          v1 = torch.to(v[i], $float32) * $beta2
          v1 = torch.addcmul(v1, grads[i], grads[i], value=1. - $beta2)
          step = m1 * scale1 / (torch.sqrt(v1) * scale2 + $eps)
          _0 = torch.sub_(torch.mul_(params[i], keep), step)
          _1 = torch.copy_(m[i], m1, False)
          _2 = torch.copy_(v[i], v1, False)
        return rate[0]
      """;

  /**
   * Updates parameters and moments in place.
   *
   * @param parameters float32, all on one device
   * @param gradients shaped and ordered like the parameters
   * @param firstMoments likewise, or all moments in bfloat16; zero before the first step
   * @param secondMoments likewise; zero before the first step
   * @param step number of this step, counted from 1
   * @param scope for temporary arrays, on the parameters' device
   */
  public void step(
      Collection<NDArray> parameters,
      Collection<NDArray> gradients,
      Collection<NDArray> firstMoments,
      Collection<NDArray> secondMoments,
      long step,
      double learningRate,
      NDManager scope) {
    boolean rounded = firstMoments.iterator().next().getDataType() != DataType.FLOAT32;
    Map<String, ?> constants =
        Map.of("beta1", beta1, "beta2", beta2, "eps", epsilon, "decay", weightDecay);
    Kernel kernel =
        rounded
            ? Kernel.of("RoundedAdamW", ROUNDED, constants)
            : Kernel.of("FusedAdamW", SOURCE, constants);
    try (GradMode off = GradMode.disabled();
        NDManager own = scope.newSubManager()) {
      NDArray count = own.create((float) step);
      NDArray rate = own.create((float) learningRate);
      kernel
          .callLists(
              List.of(
                  parameters,
                  gradients,
                  firstMoments,
                  secondMoments,
                  Collections.nCopies(parameters.size(), count),
                  List.of(rate)))
          .close();
    }
  }
}
