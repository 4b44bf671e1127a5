package io.rapd.nif.render;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.rapd.core.torch.Precision;

/** Which renderer, and its size. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes(@JsonSubTypes.Type(value = CqarConfig.class, name = "cqar"))
public sealed interface RendererConfig permits CqarConfig {
  /**
   * The renderer, without values yet.
   *
   * @param latentChannels C of the latents that it will render
   */
  Renderer build(int latentChannels, Precision precision);
}
