package io.rapd.train.stage2;

import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.Bfloat16Products;
import io.rapd.core.torch.Precision;
import io.rapd.dit.DenoiserConfig;
import io.rapd.dit.DenoiserMemory;
import io.rapd.dit.RepaHead;
import io.rapd.dit.text.TextEncoderConfig;
import io.rapd.nif.teacher.TeacherConfig;
import io.rapd.train.loop.FrozenWeights;
import io.rapd.train.loop.MemoryPlan;
import java.util.ArrayList;
import java.util.List;

/** The memory that stage 2 needs, from its configuration alone (docs/decisions/0022). */
final class Stage2Plan {
  private static final int TEACHER_WIDTH = 768;
  private static final long TEACHER_BASE = 86_580_480;

  /** Qwen3-1.7B without its head. */
  private static final long QWEN3 = 1_720_574_976;

  /** The paper's field in float32, and what ONNX Runtime takes for the built-in text encoder. */
  private static final long FIELD_BYTES = 17_049_484;

  private static final long MINILM_BYTES = 250_000_000;

  /** Values per token and channel that a frozen block holds at its peak. */
  private static final int FROZEN_BLOCK = 16;

  private static final double SLOWEST_BFLOAT16 = 0.99;

  private final Stage2Config config;
  private final Device device;
  private final Precision precision;
  private final boolean teacher;
  private final boolean textEncoder;

  Stage2Plan(Stage2Config config, Device device) {
    this.config = config;
    this.device = device;
    precision = MemoryPlan.computed(config, device);
    teacher = !(config.teacher() instanceof TeacherConfig.None);
    textEncoder = config.prepared().folder().isEmpty();
  }

  MemoryPlan plan() {
    DenoiserConfig denoiser = config.denoiser();
    long parameters = denoiser.build(Precision.FLOAT32).parameterCount();
    if (teacher) {
      parameters +=
          new RepaHead(denoiser.width(), config.repa().hidden(), TEACHER_WIDTH, Precision.FLOAT32)
              .parameterCount();
    }
    return MemoryPlan.of(
        config,
        device,
        parameters,
        List.of(frozen()),
        activations(),
        heap(),
        config.data().stream().streams() > 0 ? 0 : config.data().imagesRecur() ? 0.5 : 0.25);
  }

  private boolean teacherRuns() {
    return teacher && config.prepared().folder().isEmpty();
  }

  private MemoryPlan.Item frozen() {
    int bytes = MemoryPlan.bytes(config.precision().on(device));
    long all = FIELD_BYTES;
    String names = "field";
    if (textEncoder) {
      all +=
          config.text() instanceof TextEncoderConfig.Qwen3 qwen
              ? FrozenWeights.count(qwen.path(), QWEN3) * bytes
              : device.isGpu() ? 0 : MINILM_BYTES;
      names += ", text encoder";
    }
    if (teacherRuns()) {
      String path = config.teacher() instanceof TeacherConfig.Dino dino ? dino.path() : "";
      path = config.teacher() instanceof TeacherConfig.Clip clip ? clip.path() : path;
      all += FrozenWeights.count(path, TEACHER_BASE) * bytes;
      names += ", teacher";
    }
    return new MemoryPlan.Item("frozen", all, names);
  }

  private MemoryPlan.Item activations() {
    DenoiserConfig denoiser = config.denoiser();
    int samples = Math.min(config.microBatch(), config.loop().batchSize());
    boolean checkpointing = config.activationCheckpointing();
    long tokens = (long) samples * denoiser.imageTokens();
    int bytes = MemoryPlan.bytes(precision);
    long repa = teacher ? tokens * (3L * config.repa().hidden() + denoiser.width()) * bytes : 0;
    long features = teacherRuns() ? tokens * TEACHER_WIDTH * FROZEN_BLOCK * bytes : 0;
    long states =
        textEncoder
            ? (long) samples * denoiser.textTokens() * denoiser.textWidth() * FROZEN_BLOCK * bytes
            : 0;
    return new MemoryPlan.Item(
        "activations",
        new DenoiserMemory(denoiser, precision).activations(samples, checkpointing)
            + repa
            + Math.max(features, states),
        message(
            "micro-batch of %d, %s",
            samples, checkpointing ? "checkpointed" : "without activation checkpointing"));
  }

  /** Batches that wait, their images as bytes, and the cached text states. */
  private long heap() {
    DenoiserConfig denoiser = config.denoiser();
    long image = (long) denoiser.latentSize() * denoiser.latentSize() * RgbImage.CHANNELS;
    long states = (long) denoiser.textTokens() * denoiser.textWidth();
    boolean cached = textEncoder && config.data().stream().streams() == 0;
    return image * config.loop().batchSize() * config.data().batchesInMemory()
        + (cached ? Float.BYTES * states * config.textCache() : 0);
  }

  List<String> savers() {
    List<String> savers = new ArrayList<>();
    if (config.loop().workers() > 1 && !device.isGpu()) {
      savers.add("loop.workers=1");
    }
    if (!config.activationCheckpointing()) {
      savers.add("activationCheckpointing=true");
    }
    if (precision == Precision.FLOAT32 && !Bfloat16Products.widenedOn(device)) {
      savers.add("precision=bfloat16");
    }
    for (int samples = config.microBatch() / 2; samples >= 1; samples /= 2) {
      savers.add("microBatch=" + samples);
    }
    if (config.optimizer().beta2() <= SLOWEST_BFLOAT16
        && config.optimizer().beta1() <= SLOWEST_BFLOAT16) {
      savers.add("optimizer.moments=bfloat16");
    }
    return savers;
  }
}
