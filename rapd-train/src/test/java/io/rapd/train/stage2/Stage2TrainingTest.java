package io.rapd.train.stage2;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.torch.Precision;
import io.rapd.dit.DenoiserFolder;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NifFolder;
import io.rapd.nif.teacher.TeacherFolder;
import io.rapd.train.RunFolder;
import io.rapd.train.StageRunContract;
import io.rapd.train.ThreadRanks;
import io.rapd.train.TinyStage1;
import io.rapd.train.TinyStage2;
import io.rapd.train.loop.GradientExchange;
import io.rapd.train.loop.SavedWeights;
import io.rapd.train.stage1.Stage1Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Stage2TrainingTest extends StageRunContract {
  private Path field;

  @BeforeEach
  void writeField() {
    field = TinyStage1.writeField(folder.resolve("field"));
  }

  @Override
  protected Path train(Path out, boolean resume, GradientExchange exchange, String... overrides) {
    return new Stage2Training(
            TinyStage2.config(images, field, overrides), Device.cpu(), Precision.FLOAT32, exchange)
        .run(out, resume);
  }

  @Override
  protected List<String> unreadable() {
    return List.of("truncated", "blank", "latin");
  }

  @Override
  protected List<String> largeSteps() {
    return List.of(
        "denoiser.latentSize=160", "denoiser.patchSize=16", "loop.batchSize=6", "microBatch=6");
  }

  private Path train(String... overrides) {
    return train(folder.resolve("out"), false, GradientExchange.identity(), overrides);
  }

  private RunFolder run() {
    return new RunFolder(folder.resolve("out"));
  }

  private String teacher() {
    Path path = folder.resolve("teacher");
    try (NDManager manager = NDManager.newBaseManager()) {
      TeacherFolder kind = TeacherFolder.DINOV2;
      kind.write(path, kind.weights(manager), TensorType.F32);
    }
    return message(
        "teacher={\"type\": \"dinov2\", \"path\": \"%s\", \"positions\": \"original\"}", path);
  }

  @Test
  void savedModelLoadsIntoFreshNetworks() {
    Path model = train();
    assertThat(model).isEqualTo(run().path().resolve("model"));
    try (NDManager manager = NDManager.newBaseManager();
        ModelFolder averages = ModelFolder.open(run().checkpoint(6), "average")) {
      DenoiserFolder saved =
          DenoiserFolder.load(model.resolve("denoiser"), Precision.FLOAT32, manager);
      saved
          .denoiser()
          .trainedValues()
          .forEach(
              (name, value) ->
                  assertThat(value.toFloatArray())
                      .as(name)
                      .isEqualTo(averages.read("denoiser." + name, manager).toFloatArray()));
      assertThat(saved.description().textProvenance()).contains("all-MiniLM-L6-v2");
      assertThat(saved.description().provenance().step()).isEqualTo(6);
      NifFolder nif = NifFolder.load(model.resolve("nif"), Precision.FLOAT32, manager);
      NifFolder given = NifFolder.load(field, Precision.FLOAT32, manager);
      assertThat(nif.description()).isEqualTo(given.description());
      nif.field()
          .values()
          .forEach(
              (name, value) ->
                  assertThat(value.toFloatArray())
                      .as(name)
                      .isEqualTo(given.field().values().get(name).toFloatArray()));
    }
  }

  /** The same denoiser and training on the pixels themselves. */
  @Test
  void pixelSpaceTrainsWithoutAField() {
    field = Path.of("pixels");
    Path model = train("denoiser.channels=3", "preview.size=16", "flow.parameterization=data");
    NifFolder.Description nif = NifFolder.describe(model.resolve("nif"));
    assertThat(nif).isEqualTo(NifFolder.pixels().description());
    assertThat(DenoiserFolder.describe(model.resolve("denoiser")).denoiser().channels())
        .isEqualTo(3);
    assertThat(run().path().resolve("previews")).isNotEmptyDirectory();
    Path other = folder.resolve("other");
    assertThatThrownBy(
            () -> train(other, false, GradientExchange.identity(), "denoiser.channels=3"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("preview.size must be denoiser.latentSize (16) in pixel space, got 20");
    assertThatThrownBy(() -> train(other, false, GradientExchange.identity(), "preview.size=16"))
        .hasMessage("denoiser.channels (4) must be the channels of the field pixels, 3");
  }

  @Test
  void statisticsOfAnotherSizeAreRefusedAndOfUnknownSizeSaid() {
    train("loop.steps=2", "loop.previewEvery=0");
    assertThat(streams.errors())
        .contains(
            "field "
                + field
                + ": does not say for which latent size its statistics are; expected"
                + " denoiser.latentSize, 16; rapd statistics --model "
                + field
                + " --data "
                + images
                + " --size 16 --out FIELD measures them");
    for (int size : new int[] {16, 24}) {
      Path of = folder.resolve("field" + size);
      try (NDManager manager = NDManager.newBaseManager()) {
        NifFolder nif = NifFolder.load(field, Precision.FLOAT32, manager);
        NifFolder.Description old = nif.description();
        NifFolder.write(
            of,
            new NifFolder.Description(
                old.nif(),
                new LatentStatistics(old.statistics().mean(), old.statistics().std(), size),
                old.provenance()),
            nif.field().values());
      }
    }
    field = folder.resolve("field24");
    Path other = folder.resolve("other");
    assertThatThrownBy(() -> train(other, false, GradientExchange.identity()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "field "
                + field
                + ": its latent statistics are of size 24, but denoiser.latentSize is 16;");
    field = folder.resolve("field16");
    train(other, false, GradientExchange.identity(), "loop.steps=2", "loop.previewEvery=0");
    assertThat(streams.errors()).noneMatch(line -> line.contains("does not say"));
  }

  /** A checkpoint exports as its run would write it, and only with the field of its training. */
  @Test
  void aCheckpointExportsAsItsRunWouldWriteIt() throws Exception {
    Path model = train("loop.previewEvery=0");
    Path exported = folder.resolve("exported");
    try (SavedWeights weights = SavedWeights.open(run().checkpoint(6))) {
      assertThat(weights.step()).isEqualTo(6);
      Stage2Export.write(weights, weights.config(Stage2Config.class, List.of()), exported);
    }
    for (String part : List.of("nif/model.safetensors", "denoiser/model.safetensors")) {
      assertThat(exported.resolve(part)).hasSameBinaryContentAs(model.resolve(part));
    }
    DenoiserFolder.Description given = DenoiserFolder.describe(model.resolve("denoiser"));
    DenoiserFolder.Description made = DenoiserFolder.describe(exported.resolve("denoiser"));
    assertThat(made.textProvenance()).isEqualTo(given.textProvenance());
    assertThat(made.flow()).isEqualTo(given.flow());
    assertThat(made.provenance().step()).isEqualTo(6);
    assertThatThrownBy(() -> SavedWeights.open(field))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("expected a checkpoint");
    Path other = TinyStage1.writeField(folder.resolve("other"));
    try (NDManager manager = NDManager.newBaseManager()) {
      NifFolder nif = NifFolder.load(other, Precision.FLOAT32, manager);
      nif.field().values().get("encoder.head.0.bias").addi(1e-3f);
      NifFolder.write(other, nif.description(), nif.field().values());
    }
    try (SavedWeights weights = SavedWeights.open(run().path())) {
      Stage2Config moved = weights.config(Stage2Config.class, List.of("field=" + other));
      assertThatThrownBy(() -> Stage2Export.write(weights, moved, exported))
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith(run().checkpoint(6) + ": was trained with the field " + field);
    }
  }

  /** A learning rate of 1e-30 leaves weights as they were. */
  private Path from(Path init, String... more) {
    Path out = folder.resolve("from-" + init.getFileName() + more.length);
    String[] still = {
      "init=" + init,
      "loop.steps=1",
      "loop.previewEvery=0",
      "optimizer.learningRate=1e-30",
      "optimizer.finalRate=1e-30",
      "optimizer.schedule=constant",
      "optimizer.warmupSteps=0"
    };
    String[] all = Arrays.copyOf(still, still.length + more.length);
    System.arraycopy(more, 0, all, still.length, more.length);
    train(out, false, GradientExchange.identity(), all);
    return new RunFolder(out).checkpoint(1);
  }

  @Test
  void aRunStartsFromAModelACheckpointOrARun() {
    Path model = train("loop.previewEvery=0", "loop.checkpointEvery=3");
    Path third = run().checkpoint(3);
    Path last = run().checkpoint(6);
    try (NDManager manager = NDManager.newBaseManager()) {
      for (Path[] pair : new Path[][] {{model, null}, {third, third}, {run().path(), last}}) {
        Path started = from(pair[0]);
        try (ModelFolder values = ModelFolder.open(started);
            ModelFolder averages = ModelFolder.open(started, "average");
            ModelFolder before = ModelFolder.open(pair[1] == null ? last : pair[1]);
            ModelFolder averagesBefore =
                ModelFolder.open(pair[1] == null ? last : pair[1], "average")) {
          for (String name : averages.names()) {
            float[] weight =
                (pair[1] == null ? averagesBefore : before).read(name, manager).toFloatArray();
            float[] average = averagesBefore.read(name, manager).toFloatArray();
            float[] still = values.read(name, manager).toFloatArray();
            float[] found = averages.read(name, manager).toFloatArray();
            for (int i = 0; i < found.length; i++) {
              assertThat(still[i])
                  .as(name)
                  .isCloseTo(weight[i], org.assertj.core.api.Assertions.within(1e-20f));
              assertThat(found[i])
                  .isCloseTo(
                      0.9f * average[i] + 0.1f * weight[i],
                      org.assertj.core.api.Assertions.within(1e-6f));
            }
          }
        }
      }
    }
    from(model, "denoiser.latentSize=24"); // its position table is computed
  }

  @Test
  void weightsThatDoNotFitAreRefusedByName() {
    Path model = train("loop.previewEvery=0");
    Path weights = model.resolve("denoiser/model.safetensors");
    Map<String, String> contradictions =
        Map.of(
            "denoiser.depth=3",
            weights + ": tensor blocks.2.",
            "denoiser.depth=1",
            weights + ": has tensor blocks.1.",
            "denoiser.width=32",
            " must be F32, F16 or BF16 (");
    contradictions.forEach(
        (override, message) ->
            assertThatThrownBy(() -> from(model, override))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(message));
    assertThatThrownBy(() -> from(folder.resolve("nowhere")))
        .hasMessageContaining("nowhere: no such folder");
    assertThatThrownBy(() -> from(field)).hasMessageContaining("is a stage-1 model");
  }

  /** The field of a run, as stage 1 leaves it, and the same field by its own folder. */
  @Test
  void theFieldMayBeARun() throws Exception {
    train("loop.steps=2", "loop.previewEvery=0");
    Path run = Files.createDirectories(folder.resolve("stage1"));
    Files.move(field, run.resolve("model"));
    field = run;
    Path other = folder.resolve("other");
    train(other, false, GradientExchange.identity(), "loop.steps=2", "loop.previewEvery=0");
    assertThat(new RunFolder(other).metrics()).isEqualTo(run().metrics());
  }

  @ParameterizedTest
  @ValueSource(strings = {"velocity", "data"})
  void theLossFalls(String parameterization) {
    train(
        "flow.parameterization=" + parameterization,
        "loop.steps=100",
        "loop.batchSize=6",
        "microBatch=6",
        "loop.checkpointEvery=100",
        "loop.previewEvery=0");
    run().assertFalls("loss", 0.95);
    assertThat(run().metrics().get(0).properties().stream().map(Map.Entry::getKey))
        .containsExactly("step", "loss", "gradientNorm", "learningRate");
  }

  @Test
  void theRepaLossFalls() {
    Path model =
        train(teacher(), "loop.steps=60", "loop.checkpointEvery=60", "loop.previewEvery=0");
    run().assertFalls("repa", 0.6);
    run().assertFalls("loss", 0.95);
    double[] loss = run().metric("loss");
    double[] flow = run().metric("flow");
    double[] repa = run().metric("repa");
    for (int i = 0; i < loss.length; i++) {
      assertThat(loss[i])
          .isCloseTo(flow[i] + 0.5 * repa[i], org.assertj.core.api.Assertions.within(1e-5));
    }
    try (NDManager manager = NDManager.newBaseManager();
        ModelFolder weights = ModelFolder.open(run().checkpoint(60))) {
      assertThat(weights.names()).contains("repa.proj.0.0.weight");
      assertThat(
              DenoiserFolder.load(model.resolve("denoiser"), Precision.FLOAT32, manager)
                  .denoiser()
                  .values()
                  .keySet())
          .noneMatch(name -> name.contains("repa"));
    }
  }

  @Test
  void sizesThatDoNotFitAreRefusedWithBothSides() {
    Map<List<String>, String> contradictions =
        Map.of(
            List.of("denoiser.textTokens=9"),
                "denoiser.textTokens (9) must equal text.maxTokens (8)",
            List.of("repa.block=3"), "repa.block (3) must not exceed denoiser.depth (2)",
            List.of("denoiser.textWidth=100"),
                "denoiser.textWidth (100) must be the text encoder's width, 384",
            List.of("denoiser.channels=5"),
                "denoiser.channels (5) must be the channels of the field " + field + ", 4",
            List.of("denoiser.latentSize=18"),
                "denoiser.latentSize (18) must be divisible by denoiser.patchSize (4)");
    contradictions.forEach(
        (overrides, message) ->
            assertThatThrownBy(() -> train(overrides.toArray(new String[0])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message));
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void frozenNetworksThatAreMissingAreNamed() {
    assertThatThrownBy(() -> train("field=nowhere"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nowhere: no such folder");
    assertThatThrownBy(() -> train("teacher={\"type\": \"clip\", \"path\": \"absent\"}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("absent: no such folder; get the weights of");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  /** As a demo does whose time was over in stage 1, when it is run again. */
  @Test
  void aFieldThatWasTrainedOnIsNotPackedWithTheFormerDenoiser() {
    Path stage1 = folder.resolve("stage1");
    for (String steps : List.of("loop.steps=2", "loop.steps=3")) {
      new Stage1Training(
              TinyStage1.config(images, steps, "loop.previewEvery=0"),
              Device.cpu(),
              Precision.FLOAT32)
          .run(stage1, true);
      field = stage1;
      if (steps.endsWith("2")) {
        train("loop.steps=2", "loop.previewEvery=0");
      }
    }
    Map<String, String> before = RunFolder.contents(run().path());
    assertThatThrownBy(
            () ->
                train(
                    run().path(),
                    true,
                    GradientExchange.identity(),
                    "loop.steps=2",
                    "loop.previewEvery=0"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("was trained with the field " + stage1);
    assertThat(RunFolder.contents(run().path())).isEqualTo(before);
  }

  @Test
  void aRetrainedFieldIsRefusedNamingBoth() throws Exception {
    train("loop.steps=3", "loop.previewEvery=0");
    Map<String, String> before = RunFolder.contents(run().path());
    String weights = field.resolve("model.safetensors").toString();
    Files.move(field, folder.resolve("former"));
    try (NDManager manager = NDManager.newBaseManager()) {
      NifFolder former = NifFolder.load(folder.resolve("former"), Precision.FLOAT32, manager);
      former.field().values().get("encoder.head.0.bias").addi(1e-3f);
      NifFolder.write(field, former.description(), former.field().values());
    }
    assertThat(Path.of(weights)).exists();
    for (String steps : List.of("loop.steps=3", "loop.steps=6")) {
      assertThatThrownBy(
              () ->
                  train(
                      run().path(),
                      true,
                      GradientExchange.identity(),
                      steps,
                      "loop.previewEvery=0"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith(run().checkpoint(3) + ": was trained with the field " + field)
          .hasMessageContaining("but the field " + field + " is another one now (sha256 ");
    }
    assertThat(RunFolder.contents(run().path())).isEqualTo(before);
  }

  /** A checkpoint of an earlier version names no generator. */
  @Test
  void aResumedRunKeepsTheGeneratorOfItsCheckpoint() throws Exception {
    String[] short3 = {"loop.steps=3", "loop.previewEvery=0", "optimizer.finalRate=0.005"};
    String[] long6 = {"loop.steps=6", "loop.previewEvery=0", "optimizer.finalRate=0.005"};
    Path whole = folder.resolve("whole");
    train(whole, false, GradientExchange.identity(), with(long6, "generator=java"));
    train(run().path(), false, GradientExchange.identity(), with(short3, "generator=java"));
    Path config = run().checkpoint(3).resolve("config.json");
    String named = Files.readString(config);
    Files.writeString(config, named.replaceFirst("\"generator\" : \"java\",", ""));
    assertThat(Files.readString(config)).isNotEqualTo(named);
    Files.delete(run().checkpoint(3).resolve("SHA256SUMS")); // nor had it digests
    train(run().path(), true, GradientExchange.identity(), with(long6, "generator=torch"));
    assertThat(streams.errors())
        .contains(
            run().path() + ": keeps the generator of its checkpoints, java, instead of torch");
    assertThat(Files.readString(run().checkpoint(6).resolve("config.json")))
        .contains("\"generator\" : \"java\"");
    assertThat(RunFolder.contents(run().path().resolve("model")))
        .isEqualTo(RunFolder.contents(whole.resolve("model")));
  }

  private static String[] with(String[] overrides, String more) {
    String[] all = Arrays.copyOf(overrides, overrides.length + 1);
    all[overrides.length] = more;
    return all;
  }

  @Test
  void heldOutLossIsMeasuredAtFixedNoiseAndChangesNothingElse() throws IOException {
    RunFolder without = new RunFolder(train("loop.previewEvery=0").getParent());
    String[] every = {
      "validation.every=2", "validation.images=5", "validation.draws=2", "loop.previewEvery=0"
    };
    Path out = folder.resolve("measured");
    train(out, false, GradientExchange.identity(), every);
    RunFolder measured = new RunFolder(out);
    assertThat(measured.metric("loss")).isEqualTo(without.metric("loss"));
    double[] held = measured.metric("validationFlow");
    assertThat(held).hasSize(3).doesNotContain(held[0] + 1e-3).isNotEqualTo(new double[3]);
    Path others = folder.resolve("others");
    ThreadRanks.run(
        2,
        ranks -> {
          List<String> all = new ArrayList<>(List.of(every));
          all.addAll(
              List.of("microBatch=1", "optimizer.learningRate=1e-9", "optimizer.finalRate=1e-9"));
          Stage2Config config = TinyStage2.config(images, field, all.toArray(String[]::new));
          return new Stage2Training(config, Device.cpu(), ranks).run(others, false);
        });
    double[] still = new RunFolder(others).metric("validationFlow");
    assertThat(still[1]).isCloseTo(still[0], within(1e-5)); // the same noise and times
    assertThat(still[2]).isCloseTo(still[0], within(1e-5));
    String last = Files.readAllLines(out.resolve("metrics.jsonl")).get(0);
    assertThat(last)
        .contains("dataSeconds", "encodeSeconds", "forwardSeconds", "backwardSeconds")
        .contains("updateSeconds");
  }
}
