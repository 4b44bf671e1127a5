package io.rapd.train.stage1;

import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.Bfloat16Products;
import io.rapd.core.torch.Precision;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.distill.DistillationHead;
import io.rapd.nif.teacher.TeacherConfig;
import io.rapd.train.loop.FrozenWeights;
import io.rapd.train.loop.MemoryPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The memory that stage 1 needs, from its configuration alone (docs/decisions/0022). */
final class Stage1Plan {
  /** Width and depth of the paper's teachers, ViT-B. */
  private static final int TEACHER_WIDTH = 768;

  private static final long DINOV2_BASE = 86_580_480;
  private static final long CLIP_BASE = 86_192_640;

  /** Values per token and channel that a frozen block holds at its peak. */
  private static final int FROZEN_BLOCK = 16;

  private static final int PATCH = 14;

  /** A strip has at least this many rows. */
  private static final int STRIP_ROWS = 8;

  private static final int SMALLEST_STRIP = 16_384;

  private final Stage1Config config;
  private final Device device;
  private final Precision precision;
  private final int largest;

  Stage1Plan(Stage1Config config, Device device) {
    this.config = config;
    this.device = device;
    precision = MemoryPlan.computed(config, device);
    largest = (int) Math.round(config.crop().maxScale() * config.crop().encoderSize());
  }

  MemoryPlan plan() {
    Optional<String> teacher = teacherPath(config.teacher());
    long parameters = new NeuralImageField(config.nif(), Precision.FLOAT32).parameterCount();
    if (teacher.isPresent()) {
      parameters +=
          new DistillationHead(config.nif().encoder().channels(), TEACHER_WIDTH).parameterCount();
    }
    long frozen = config.lpips().parameters();
    List<String> names = new ArrayList<>();
    if (frozen > 0) {
      names.add("lpips");
    }
    if (teacher.isPresent()) {
      names.add("teacher");
      boolean dino = config.teacher() instanceof TeacherConfig.Dino;
      frozen += FrozenWeights.count(teacher.get(), dino ? DINOV2_BASE : CLIP_BASE);
    }
    return MemoryPlan.of(
        config,
        device,
        parameters,
        List.of(
            new MemoryPlan.Item(
                "frozen",
                frozen * MemoryPlan.bytes(config.precision().on(device)),
                String.join(", ", names))),
        activations(teacher.isPresent()),
        heap(),
        config.data().stream().streams() > 0 ? 0 : 0.25);
  }

  static Optional<String> teacherPath(TeacherConfig teacher) {
    if (teacher instanceof TeacherConfig.Dino dino) {
      return Optional.of(dino.path());
    }
    return teacher instanceof TeacherConfig.Clip clip ? Optional.of(clip.path()) : Optional.empty();
  }

  private MemoryPlan.Item activations(boolean teacher) {
    long target = (long) largest * largest;
    int batch = config.loop().batchSize();
    long images = Math.min(batch, Math.max(1, config.microBatchPixels() / target));
    boolean strips =
        target > config.microBatchPixels() && config.nif().renderer().regionsAreDifferentiable();
    long rendered = strips ? stripPixels() : images * target;
    long renderer = rendered * config.nif().renderer().trainingBytesPerPixel(precision);
    long perceptual = images * target * config.lpips().trainingBytesPerPixel(precision);
    long side = config.crop().encoderSize();
    long encoder = batch * side * side * config.nif().encoder().trainingBytesPerPixel();
    long arrays = (batch + 4 * images) * target * RgbImage.CHANNELS * Float.BYTES;
    long features =
        teacher
            ? batch
                * (side / PATCH)
                * (side / PATCH)
                * TEACHER_WIDTH
                * FROZEN_BLOCK
                * MemoryPlan.bytes(precision)
            : 0;
    return new MemoryPlan.Item(
        "activations",
        encoder
            + arrays
            + Math.max(features, strips ? Math.max(renderer, perceptual) : renderer + perceptual),
        message(
            "encoder %d x %d x %d; %s",
            batch,
            side,
            side,
            strips
                ? message("targets of %d x %d in strips of %d pixels", largest, largest, rendered)
                : message("%d target(s) of %d x %d at once", images, largest, largest)));
  }

  /** Rows of a strip, whose windows reach at most one window beyond it on either side. */
  private long stripPixels() {
    long rows = Math.max(STRIP_ROWS, config.microBatchPixels() / largest / STRIP_ROWS * STRIP_ROWS);
    return Math.min(largest, rows + STRIP_ROWS) * largest;
  }

  /** Batches that wait, each with inputs and targets in float32. */
  private long heap() {
    long side = config.crop().encoderSize();
    long sample = ((long) largest * largest + side * side) * RgbImage.CHANNELS * Float.BYTES;
    return sample * config.loop().batchSize() * config.data().batchesInMemory();
  }

  List<String> savers() {
    List<String> savers = new ArrayList<>();
    if (config.loop().workers() > 1 && !device.isGpu()) {
      savers.add("loop.workers=1");
    }
    if (precision == Precision.FLOAT32 && !Bfloat16Products.widenedOn(device)) {
      savers.add("precision=bfloat16");
    }
    for (int pixels = config.microBatchPixels() / 2; pixels >= SMALLEST_STRIP; pixels /= 2) {
      savers.add("microBatchPixels=" + pixels);
    }
    return savers;
  }
}
