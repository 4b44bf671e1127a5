package io.rapd.train.stage2;

import io.rapd.core.nn.Module;
import io.rapd.core.torch.Precision;
import io.rapd.dit.Denoiser;
import io.rapd.dit.RepaHead;
import java.util.Optional;

/** What stage 2 trains: the denoiser ({@code denoiser.*}) and, with a teacher, the REPA head. */
final class Stage2Network extends Module {
  static final String DENOISER = "denoiser";

  private final Denoiser denoiser;
  private final Optional<RepaHead> head;

  Stage2Network(Stage2Config config, Optional<RepaTarget> target, Precision precision) {
    denoiser = child(DENOISER, config.denoiser().build(precision));
    int width = config.denoiser().width();
    head =
        target.map(
            of ->
                child("repa", new RepaHead(width, config.repa().hidden(), of.width(), precision)));
  }

  Denoiser denoiser() {
    return denoiser;
  }

  Optional<RepaHead> head() {
    return head;
  }
}
