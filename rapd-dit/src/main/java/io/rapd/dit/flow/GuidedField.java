package io.rapd.dit.flow;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Kernel;

/**
 * The velocity of a network under guidance. A guided step runs one batch of twice the size, the
 * unconditional half first; an unguided step runs the conditional half alone.
 *
 * @param network the denoiser
 * @param parameterization meaning of its output
 * @param guidance its scale and the guided times
 * @param conditional text states of the prompts (B, L, T)
 * @param unconditional text states of the empty prompt (B, L, T) or (1, L, T)
 */
public record GuidedField(
    DenoisingNetwork network,
    Parameterization parameterization,
    Guidance guidance,
    NDArray conditional,
    NDArray unconditional)
    implements VelocityField {
  private static final Kernel DOUBLED =
      Kernel.of(
          "Doubled",
          """
          def forward(z, conditional, unconditional) -> Tuple[Tensor, Tensor]:
            text = torch.cat([torch.expand_as(unconditional, conditional), conditional])
            return (torch.cat([z, z]), text)
          """);

  public GuidedField {
    Shape expected = conditional.getShape();
    Shape found = unconditional.getShape();
    boolean fits =
        expected.dimension() == 3
            && found.dimension() == 3
            && (found.get(0) == 1 || found.get(0) == expected.get(0))
            && found.slice(1).equals(expected.slice(1));
    check(
        fits,
        "unconditional text must be (B, L, T) or (1, L, T) like the conditional %s, got %s",
        expected,
        found);
  }

  @Override
  public NDArray velocity(NDArray latent, double time) {
    long prompts = conditional.getShape().get(0);
    check(
        latent.getShape().get(0) == prompts,
        "expected one latent per prompt (%d), got %d",
        prompts,
        latent.getShape().get(0));
    try (NDManager scope = latent.getManager().newSubManager()) {
      NDArray velocity =
          guidance.activeAt(time)
              ? guided(scope, latent, time)
              : predicted(scope, latent, time, conditional);
      return scope.ret(velocity);
    }
  }

  private NDArray guided(NDManager scope, NDArray latent, double time) {
    NDList doubled = DOUBLED.callAll(latent, conditional, unconditional);
    doubled.attach(scope);
    NDArray both = predicted(scope, doubled.get(0), time, doubled.get(1));
    NDList halves = both.split(2);
    NDArray unguided = halves.get(0);
    return unguided.add(halves.get(1).sub(unguided).mul(guidance.scale()));
  }

  private NDArray predicted(NDManager scope, NDArray latent, double time, NDArray text) {
    NDArray times = scope.full(new Shape(latent.getShape().get(0)), (float) time);
    NDArray output = network.predict(latent, times, text);
    output.attach(scope);
    return parameterization.velocity(output, latent, times);
  }
}
