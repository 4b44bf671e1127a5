package io.rapd.train.loop;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Kernel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Sums gradients over ranks in contiguous parts: many small arrays would cost a message each. A
 * part is summed on the host, so on a GPU each costs a copy in either direction.
 *
 * @param weight of this rank's gradients: its samples as a fraction of the batch
 */
public record GradientBuckets(Ranks ranks, double weight) implements GradientExchange {
  /** Values of a bucket; a larger array has one of its own. */
  private static final long VALUES = 16L << 20;

  private static final String PACK =
      """
      def forward(gradients: List[Tensor]):
        parts = annotate(List[Tensor], [])
        for gradient in gradients:
          parts = torch.append(parts, torch.flatten(gradient))
        return torch.mul(torch.cat(parts, 0), $weight)
      """;

  private static final Kernel UNPACK =
      Kernel.of(
          "UnpackGradients",
          """
          def forward(gradients: List[Tensor], packed: List[Tensor]):
            at = 0
            for gradient in gradients:
              size = torch.numel(gradient)
              part = torch.narrow(packed[0], 0, at, size)
              _0 = torch.copy_(gradient, torch.view_as(part, gradient))
              at = torch.add(at, size)
            return packed[0]
          """);

  static Kernel pack(double weight) {
    return Kernel.of("PackGradients", PACK, Map.of("weight", weight));
  }

  @Override
  public void exchange(Map<String, NDArray> gradients) {
    List<NDArray> bucket = new ArrayList<>();
    long size = 0;
    for (NDArray gradient : gradients.values()) {
      if (size > 0 && size + gradient.size() > VALUES) {
        sum(bucket);
        bucket.clear();
        size = 0;
      }
      bucket.add(gradient);
      size += gradient.size();
    }
    if (size > 0) {
      sum(bucket);
    }
  }

  private void sum(List<NDArray> bucket) {
    try (GradMode off = GradMode.disabled();
        NDManager scope = bucket.get(0).getManager().newSubManager()) {
      NDArray packed = pack(weight).callLists(List.of(bucket));
      packed.attach(scope);
      ranks.sum(packed);
      UNPACK.callLists(List.of(bucket, List.of(packed))).close();
    }
  }
}
