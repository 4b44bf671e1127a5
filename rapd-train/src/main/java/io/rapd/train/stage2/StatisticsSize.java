package io.rapd.train.stage2;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import io.rapd.nif.NifFolder;
import java.util.Optional;

/**
 * Whether a field's latent statistics are of the size of the latents that stage 2 learns.
 *
 * @param field the description of the configuration's field
 */
record StatisticsSize(Stage2Config config, NifFolder.Description field) {
  /**
   * Passes those of the right or of unknown size.
   *
   * @throws IllegalArgumentException naming both sizes and what to do
   */
  void requireSize() {
    int measured = field.statistics().size();
    check(
        measured == 0 || measured == config.denoiser().latentSize(),
        "field %s: its latent statistics are of size %d, but denoiser.latentSize is %d; %s",
        config.field(),
        measured,
        config.denoiser().latentSize(),
        remedy());
  }

  /** A line where the field is of an earlier version; pixels need no statistics. */
  Optional<String> warning() {
    return field.statistics().size() > 0 || field.nif().pixelSpace()
        ? Optional.empty()
        : Optional.of(
            message(
                "field %s: does not say for which latent size its statistics are; expected"
                    + " denoiser.latentSize, %d; %s",
                config.field(), config.denoiser().latentSize(), remedy()));
  }

  private String remedy() {
    return message(
        "rapd statistics --model %s --data %s --size %d --out FIELD measures them",
        config.field(), config.data().location(), config.denoiser().latentSize());
  }
}
