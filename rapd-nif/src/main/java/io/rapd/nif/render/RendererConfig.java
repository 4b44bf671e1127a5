package io.rapd.nif.render;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.rapd.core.torch.Precision;

/** Which renderer, and its sizes. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = CqarConfig.class, name = "cqar"),
  @JsonSubTypes.Type(value = LiifConfig.class, name = "liif"),
  @JsonSubTypes.Type(value = ClifConfig.class, name = "clif"),
  @JsonSubTypes.Type(value = PixelRendererConfig.class, name = "pixels")
})
public sealed interface RendererConfig
    permits CqarConfig, LiifConfig, ClifConfig, PixelRendererConfig {
  /**
   * A renderer without values yet.
   *
   * @param latentChannels C of the latents
   */
  Renderer build(int latentChannels, Precision precision);

  /**
   * Bytes per output pixel that a training step holds at its peak: what autograd saves of a
   * rendering, counted from the kernels, and the gradients on the way back (docs/decisions/0022).
   */
  long trainingBytesPerPixel(Precision precision);

  /**
   * Whether an image can be differentiated in strips: {@link Renderer#regionsAreDifferentiable}.
   */
  default boolean regionsAreDifferentiable() {
    return false;
  }
}
