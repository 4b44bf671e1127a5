package io.rapd.nif.encoder;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** Which encoder, and its size. A file without {@code type} means {@code edsr}. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type", defaultImpl = EdsrConfig.class)
@JsonSubTypes({
  @JsonSubTypes.Type(value = EdsrConfig.class, name = "edsr"),
  @JsonSubTypes.Type(value = PixelEncoderConfig.class, name = "pixels")
})
public sealed interface EncoderConfig permits EdsrConfig, PixelEncoderConfig {
  /** C of the latent. */
  int channels();

  /** Bytes per input pixel that a training step holds of the encoder, counted from its kernels. */
  long trainingBytesPerPixel();

  /** The encoder, without values yet. */
  Encoder build();
}
