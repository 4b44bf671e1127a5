package io.rapd.train.stage1;

import io.rapd.core.nn.Module;
import io.rapd.core.torch.Precision;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifConfig;
import io.rapd.nif.distill.DistillationHead;
import io.rapd.nif.encoder.EdsrEncoder;
import io.rapd.nif.teacher.SemanticTeacher;
import java.util.Optional;

/** What stage 1 trains: the field ({@code nif.*}) and, with a teacher, the distillation head. */
final class Stage1Network extends Module {
  static final String FIELD = "nif";

  private final NeuralImageField field;
  private final Optional<DistillationHead> head;

  Stage1Network(NifConfig config, Optional<SemanticTeacher> teacher, Precision precision) {
    field = child(FIELD, new NeuralImageField(config, precision));
    int channels = config.encoder().channels();
    head = teacher.map(of -> child("distillation", new DistillationHead(channels, of.width())));
  }

  NeuralImageField field() {
    return field;
  }

  /** The field's encoder; {@link Stage1Config} allows no other kind. */
  EdsrEncoder encoder() {
    return (EdsrEncoder) field.encoder();
  }

  Optional<DistillationHead> head() {
    return head;
  }
}
