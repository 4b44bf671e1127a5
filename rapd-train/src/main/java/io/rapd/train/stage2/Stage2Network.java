package io.rapd.train.stage2;

import io.rapd.core.nn.Module;
import io.rapd.core.torch.Precision;
import io.rapd.dit.Denoiser;
import io.rapd.dit.RepaHead;
import java.util.Optional;
import java.util.OptionalInt;

/** What stage 2 trains: the denoiser and, for alignment alone, a head. */
final class Stage2Network extends Module {
  static final String DENOISER = "denoiser";

  private final Denoiser denoiser;
  private final Optional<RepaHead> head;

  /** A network without values yet; with a head where there is a teacher of that width. */
  Stage2Network(Stage2Config config, OptionalInt teacherWidth, Precision precision) {
    denoiser = child(DENOISER, config.denoiser().build(precision));
    head =
        teacherWidth.isPresent()
            ? Optional.of(
                child(
                    "repa",
                    new RepaHead(
                        config.denoiser().width(),
                        config.repa().hidden(),
                        teacherWidth.getAsInt(),
                        precision)))
            : Optional.empty();
  }

  Denoiser denoiser() {
    return denoiser;
  }

  Optional<RepaHead> head() {
    return head;
  }
}
