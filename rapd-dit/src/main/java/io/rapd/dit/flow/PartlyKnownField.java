package io.rapd.dit.flow;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.torch.Kernel;

/**
 * A velocity that keeps part of the latent on the straight path to known data: mask v + (1 - mask)
 * (z~ - e). A latent that starts on that path stays on it where the mask is 0, with any solver and
 * any number of steps, and the network sees the known part at the noise level of each time. A soft
 * mask does not harden with the number of steps, as it would if the known part were pasted in after
 * each.
 *
 * @param field the velocity of the part that is sampled
 * @param known z~ - e of the part that is kept, (1, C, R, R)
 * @param mask (1, 1, R, R): 1 is sampled, 0 is kept
 */
record PartlyKnownField(VelocityField field, NDArray known, NDArray mask) implements VelocityField {
  private static final Kernel BLEND =
      Kernel.of(
          "PartlyKnown",
          """
          def forward(velocity, known, mask):
            return torch.lerp(torch.expand_as(known, velocity), velocity, mask)
          """);

  @Override
  public NDArray velocity(NDArray latent, double time) {
    try (NDManager scope = latent.getManager().newSubManager()) {
      NDArray sampled = field.velocity(latent, time); // (B, C, R, R)
      sampled.attach(scope);
      return scope.ret(BLEND.call(sampled, known, mask));
    }
  }
}
