package io.rapd.train.stage1;

import io.rapd.core.nn.Module;
import io.rapd.core.torch.Precision;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifConfig;
import io.rapd.nif.distill.DistillationHead;
import java.util.Optional;
import java.util.OptionalInt;

/** What stage 1 trains: the field ({@code nif.*}) and, for distillation alone, a head. */
final class Stage1Network extends Module {
  static final String FIELD = "nif";

  private final NeuralImageField field;
  private final Optional<DistillationHead> head;

  /** A network without values yet; with a head where there is a teacher of that width. */
  Stage1Network(NifConfig config, OptionalInt teacherWidth, Precision precision) {
    field = child(FIELD, new NeuralImageField(config, precision));
    head =
        teacherWidth.isPresent()
            ? Optional.of(
                child(
                    "distillation",
                    new DistillationHead(config.encoder().channels(), teacherWidth.getAsInt())))
            : Optional.empty();
  }

  NeuralImageField field() {
    return field;
  }

  Optional<DistillationHead> head() {
    return head;
  }
}
