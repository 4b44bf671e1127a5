package io.rapd.cli;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDManager;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.Precision;
import io.rapd.dit.text.TextEncoder;
import io.rapd.eval.bench.BenchResult;
import io.rapd.eval.bench.BenchRun;
import io.rapd.eval.bench.BenchTask;
import io.rapd.eval.bench.ModelTasks;
import io.rapd.train.command.Progress;
import io.rapd.train.stage1.Stage1Config;
import io.rapd.train.stage2.Stage2Config;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd bench}. */
@Command(
    name = "bench",
    sortOptions = false,
    description = {
      "Times the parts of a model with random weights: text encoder, denoiser, sampler, image"
          + " encoder, renderer, and steps of both trainings; beside a matrix product in the same"
          + " run, which is what the machine does best.",
      "rapd bench resolution compares with a model of pixels over the size of the image."
    },
    subcommands = BenchResolution.class)
final class Bench implements Runnable {
  /** A part of a model. */
  enum Part {
    TEXT,
    DENOISER,
    SAMPLER,
    ENCODER,
    RENDERER,
    TRAIN1,
    TRAIN2
  }

  @Option(
      names = "--only",
      split = ",",
      paramLabel = "PART",
      description =
          "text, denoiser, sampler, encoder, renderer, train1, train2, or several of them (default:"
              + " all)")
  private Set<Part> only = EnumSet.allOf(Part.class);

  @Option(
      names = "--size",
      defaultValue = "256",
      paramLabel = "N",
      description = "pixels per side of the rendering (default: ${DEFAULT-VALUE})")
  private int size = 256;

  @Option(
      names = "--batch",
      defaultValue = "8",
      paramLabel = "N",
      description = "latents in a training step of stage 2 (default: ${DEFAULT-VALUE})")
  private int batch = 8;

  @Mixin private BenchOptions options = new BenchOptions();

  @Override
  public void run() {
    check(size >= 1, "--size must be positive, got %d", size);
    check(batch >= 1, "--batch must be positive, got %d", batch);
    options.prepare();
    Stage1Config stage1 = options.stage1();
    Stage2Config stage2 = options.stage2();
    Precision precision = options.compute().precision();
    List<TextEncoder> opened = new ArrayList<>();
    try (NDManager memory = NativeRuntime.newManager(options.compute().device());
        Progress progress = new Progress("bench")) {
      ModelTasks model = new ModelTasks(stage1.nif(), stage2.denoiser(), precision, memory);
      List<BenchTask> tasks = new ArrayList<>();
      tasks.add(BenchRun.product(memory));
      for (Part part : Arrays.stream(Part.values()).filter(only::contains).toList()) {
        tasks.add(
            switch (part) {
              case TEXT -> {
                opened.add(stage2.text().open(precision, options.compute().device()));
                yield model.text(opened.get(0));
              }
              case DENOISER -> model.denoiserStep();
              case SAMPLER -> model.sampler(stage2.flow(), stage2.sampling());
              case ENCODER -> model.encoder(stage2.denoiser().latentSize());
              case RENDERER -> model.renderer(size);
              case TRAIN1 -> model.stage1Step(stage1.crop().encoderSize());
              case TRAIN2 -> model.stage2Step(stage2.flow(), batch);
            });
      }
      List<BenchResult> results =
          BenchRun.measure(
              tasks, options.runs(), memory, done -> progress.at("round", done, options.runs()));
      progress.close();
      Map<String, String> facts = new LinkedHashMap<>();
      facts.put("computed on", options.compute().describe());
      facts.put("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
      facts.put("runs", String.valueOf(options.runs()));
      options.report("Bench", BenchRun.table(results), facts);
    } finally {
      opened.forEach(TextEncoder::close);
    }
  }
}
