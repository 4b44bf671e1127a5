package io.rapd.train.stage1;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.PrecisionChoice;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NifFolder;
import io.rapd.nif.teacher.TeacherFolder;
import io.rapd.train.RunFolder;
import io.rapd.train.StageRunContract;
import io.rapd.train.ThreadRanks;
import io.rapd.train.TinyStage1;
import io.rapd.train.data.DataConfig;
import io.rapd.train.data.UnusableSamples;
import io.rapd.train.loop.GradientExchange;
import io.rapd.train.loop.SavedWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class Stage1TrainingTest extends StageRunContract {
  @Override
  protected Path train(Path out, boolean resume, GradientExchange exchange, String... overrides) {
    return new Stage1Training(
            TinyStage1.config(images, overrides), Device.cpu(), Precision.FLOAT32, exchange)
        .run(out, resume);
  }

  @Override
  protected List<String> unreadable() {
    return List.of("truncated");
  }

  @Override
  protected List<String> largeSteps() {
    return List.of(
        "crop.encoderSize=64",
        "crop.maxScale=1",
        "nif.encoder.channels=32",
        "nif.renderer.width=4",
        "nif.renderer.heads=1",
        "nif.renderer.blocks=1",
        "loop.batchSize=4");
  }

  @Override
  protected List<String> perSample() {
    return List.of("crop.scaleGroup=1", "data.resize.skipSmall=true");
  }

  @Test
  void aRunWithMomentsInBfloat16Resumes() {
    String[] settings = {"optimizer.moments=bfloat16", "loop.previewEvery=0"};
    Path whole = train(folder.resolve("whole"), false, GradientExchange.identity(), settings);
    Path parts = folder.resolve("parts");
    int[] calls = {0};
    assertThatThrownBy(
            () ->
                train(
                    parts,
                    false,
                    gradients -> {
                      if (++calls[0] == 5) {
                        throw new AssertionError("interrupted");
                      }
                    },
                    settings))
        .hasMessage("interrupted");
    Path model = train(parts, true, GradientExchange.identity(), settings);
    assertThat(RunFolder.contents(model)).isEqualTo(RunFolder.contents(whole));
    Path checkpoint = new RunFolder(parts).checkpoint(6);
    assertThat(RunFolder.contents(checkpoint))
        .isEqualTo(RunFolder.contents(new RunFolder(folder.resolve("whole")).checkpoint(6)));
    try (ModelFolder moments = ModelFolder.open(checkpoint, "optimizer")) {
      assertThat(moments.names()).allMatch(name -> moments.storedType(name).equals("BF16"));
    }
    assertThatThrownBy(() -> train(parts, true, GradientExchange.identity(), "loop.steps=7"))
        .hasMessageContaining("optimizer.moments");
  }

  /** What auto was decided to be is recorded, and stays so where the run goes on. */
  @Test
  void checkpointsNameThePrecisionOfAuto() throws IOException {
    Path out = folder.resolve("auto");
    Stage1Config auto = TinyStage1.config(images, "precision=auto", "loop.previewEvery=0");
    new Stage1Training(auto, Device.cpu()).run(out, false);
    Precision fast = PrecisionChoice.AUTO.on(Device.cpu());
    Path config = new RunFolder(out).checkpoint(6).resolve("config.json");
    assertThat(Files.readString(config)).contains("\"precision\" : \"" + fast.label() + "\"");
    Precision other = fast == Precision.FLOAT32 ? Precision.BFLOAT16 : Precision.FLOAT32;
    Stage1Config more =
        TinyStage1.config(images, "precision=auto", "loop.previewEvery=0", "loop.steps=7");
    assertThatThrownBy(() -> new Stage1Training(more, Device.cpu(), other).run(out, true))
        .hasMessageContaining("precision is \"" + fast.label() + "\" there");
    Files.writeString(
        config,
        Files.readString(config)
            .replaceFirst("(\"precision\" : )\"\\w+\"", "$1\"" + other.label() + "\""));
    Files.delete(config.resolveSibling("SHA256SUMS")); // as if written on another machine
    new Stage1Training(more, Device.cpu()).run(out, true);
    assertThat(Files.readString(new RunFolder(out).checkpoint(7).resolve("config.json")))
        .contains("\"precision\" : \"" + other.label() + "\"");
  }

  private Path train(String... overrides) {
    return train(folder.resolve("out"), false, GradientExchange.identity(), overrides);
  }

  @Test
  void savedModelLoadsIntoAFreshField() {
    Path model = train();
    RunFolder run = new RunFolder(folder.resolve("out"));
    assertThat(model).isEqualTo(run.path().resolve("model"));
    assertThat(run.metric("loss")).hasSize(6);
    assertThat(run.metric("psnr")).hasSize(3);
    double[] bicubic = run.metric("bicubicPsnr");
    assertThat(bicubic).hasSize(3).containsOnly(bicubic[0]);
    try (NDManager manager = NDManager.newBaseManager();
        ModelFolder averages = ModelFolder.open(run.checkpoint(6), "average")) {
      NifFolder nif = NifFolder.load(model, Precision.FLOAT32, manager);
      nif.field()
          .values()
          .forEach(
              (name, value) ->
                  assertThat(value.toFloatArray())
                      .as(name)
                      .isEqualTo(averages.read("nif." + name, manager).toFloatArray()));
      assertThat(nif.description().provenance().step()).isEqualTo(6);
      assertThat(nif.description().statistics().std()).hasSize(4).allMatch(d -> d > 1e-4);
      PixelGrid grid = new PixelGrid(21, 13);
      NDArray latent = nif.field().encode(manager.zeros(new Shape(1, 3, 9, 8)));
      NDArray image = nif.field().render(latent, grid, grid.whole());
      assertThat(image.getShape()).isEqualTo(new Shape(1, 3, 21, 13));
      assertThat(image.isNaN().any().getBoolean()).isFalse();
    }
  }

  /** Of the whole set, at the size of stage 2; a checkpoint exports as its run would write it. */
  @Test
  void statisticsAreMeasuredAtTheirOwnSizeAndExportedWithACheckpoint() {
    Path model = train("statisticsImages=0", "statisticsSize=24", "loop.previewEvery=0");
    NifFolder.Description description = NifFolder.describe(model);
    assertThat(description.statistics().size()).isEqualTo(24);
    try (NDManager manager = NDManager.newBaseManager()) {
      NifFolder nif = NifFolder.load(model, Precision.FLOAT32, manager);
      DataConfig data = TinyStage1.config(images).data();
      LatentStatistics again =
          new LatentSurvey(24, 0, 9).of(nif.field(), data, manager, UnusableSamples.REFUSED);
      assertThat(again).isEqualTo(description.statistics());
      for (LatentStatistics divided :
          ThreadRanks.run(
              4,
              ranks ->
                  new LatentSurvey(24, 0, 9)
                      .of(nif.field(), data, ranks, manager, UnusableSamples.REFUSED))) {
        for (int c = 0; c < 4; c++) {
          assertThat(divided.mean().get(c)).isCloseTo(again.mean().get(c), within(1e-12));
          assertThat(divided.std().get(c)).isCloseTo(again.std().get(c), within(1e-12));
        }
        assertThat(divided.size()).isEqualTo(24);
      }
      LatentStatistics six =
          new LatentSurvey(24, 6, 9).of(nif.field(), data, manager, UnusableSamples.REFUSED);
      for (int c = 0; c < 4; c++) {
        assertThat(six.std().get(c)).isCloseTo(again.std().get(c), within(1e-9));
      }
      LatentStatistics small =
          new LatentSurvey(16, 0, 9).of(nif.field(), data, manager, UnusableSamples.REFUSED);
      assertThat(small.size()).isEqualTo(16);
      assertThat(small.std()).isNotEqualTo(again.std());
    }
    RunFolder run = new RunFolder(folder.resolve("out"));
    Path exported = folder.resolve("exported");
    try (SavedWeights weights = SavedWeights.open(run.path())) {
      assertThat(weights.folder()).isEqualTo(run.checkpoint(6));
      assertThat(weights.hasDenoiser()).isFalse();
      Stage1Export.write(
          weights,
          weights.config(Stage1Config.class, List.of()),
          exported,
          Device.cpu(),
          UnusableSamples.REFUSED);
    }
    assertThat(exported.resolve("model.safetensors"))
        .hasSameBinaryContentAs(model.resolve("model.safetensors"));
    assertThat(NifFolder.describe(exported).statistics()).isEqualTo(description.statistics());
  }

  /** So that a model of stage 2 can take the new renderer. */
  @Test
  void anEncoderThatIsKeptStaysAsItIsWithItsStatistics() {
    Path model = train("loop.previewEvery=0");
    Path out = folder.resolve("renderer");
    Path kept =
        train(
            out,
            false,
            GradientExchange.identity(),
            "init=" + folder.resolve("out"),
            "trainEncoder=false",
            "statisticsSize=24",
            "loop.previewEvery=0");
    assertThat(NifFolder.describe(kept).statistics())
        .isEqualTo(NifFolder.describe(model).statistics());
    try (NDManager manager = NDManager.newBaseManager();
        ModelFolder averages = ModelFolder.open(new RunFolder(out).checkpoint(6), "average")) {
      Map<String, NDArray> before =
          NifFolder.load(model, Precision.FLOAT32, manager).field().values();
      NifFolder.load(kept, Precision.FLOAT32, manager)
          .field()
          .values()
          .forEach(
              (name, value) -> {
                boolean same = Arrays.equals(value.toFloatArray(), before.get(name).toFloatArray());
                assertThat(same).as(name).isEqualTo(name.startsWith("encoder."));
              });
      assertThat(averages.names()).isNotEmpty().allMatch(name -> name.startsWith("nif.renderer."));
    }
    Path other = folder.resolve("other");
    for (String[] bad :
        new String[][] {
          {"loop.steps=6", "init must name the model whose encoder trainEncoder false keeps"},
          {"init=" + new RunFolder(out).checkpoint(6), "expected a model where trainEncoder"}
        }) {
      assertThatThrownBy(
              () -> train(other, false, GradientExchange.identity(), "trainEncoder=false", bad[0]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(bad[1]);
    }
    assertThat(other).doesNotExist();
  }

  /** The baselines that the paper compares CQAR with. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"type\": \"liif\", \"hidden\": [16, 16], \"featureUnfolding\": true,"
            + " \"localEnsemble\": true, \"cellDecoding\": true}",
        "{\"type\": \"clif\", \"width\": 32, \"normalize\": true}",
        "{\"type\": \"clif\", \"width\": 12, \"normalize\": false}"
      })
  void everyRendererLearnsAndLoads(String renderer) {
    Path model = train("nif.renderer=" + renderer, "loop.steps=24", "loop.previewEvery=0");
    double[] loss = new RunFolder(folder.resolve("out")).metric("loss");
    assertThat(mean(loss, 18, 24)).isLessThan(mean(loss, 0, 6));
    try (NDManager manager = NDManager.newBaseManager()) {
      NifFolder nif = NifFolder.load(model, Precision.FLOAT32, manager);
      NDArray latent = nif.field().encode(manager.zeros(new Shape(1, 3, 9, 8)));
      PixelGrid grid = new PixelGrid(21, 13);
      NDArray image = nif.field().render(latent, grid, grid.whole());
      assertThat(image.isNaN().any().getBoolean()).isFalse();
    }
  }

  private static double mean(double[] values, int from, int to) {
    return Arrays.stream(values, from, to).average().orElseThrow();
  }

  @Test
  void withoutTeacherNothingIsDistilled() {
    train("loop.previewEvery=0");
    RunFolder run = new RunFolder(folder.resolve("out"));
    assertThat(run.metrics().get(0).properties().stream().map(Map.Entry::getKey))
        .containsExactly("step", "loss", "l1", "gradientNorm", "learningRate");
    try (ModelFolder weights = ModelFolder.open(run.checkpoint(6))) {
      assertThat(weights.names()).allMatch(name -> name.startsWith("nif."));
    }
  }

  /** The paper's teacher and its ablation; the other choice is none. */
  @ParameterizedTest
  @EnumSource(names = {"DINOV2", "CLIP_VISION"})
  void distillationLossFalls(TeacherFolder kind) {
    Path path = folder.resolve("teacher");
    try (NDManager manager = NDManager.newBaseManager()) {
      kind.write(path, kind.weights(manager), TensorType.F32);
    }
    String teacher =
        kind == TeacherFolder.DINOV2
            ? "{\"type\": \"dinov2\", \"path\": \"%s\", \"positions\": \"original\"}"
            : "{\"type\": \"clip\", \"path\": \"%s\"}";
    Path model =
        train(
            "teacher=" + message(teacher, path),
            "crop.encoderSize=28",
            "loop.steps=60",
            "loop.checkpointEvery=60",
            "loop.previewEvery=0");
    RunFolder run = new RunFolder(folder.resolve("out"));
    run.assertFalls("cosine", 0.8);
    run.assertFalls("loss", 1);
    assertThat(run.metric("distance")).hasSize(60).doesNotHaveDuplicates();
    try (NDManager manager = NDManager.newBaseManager();
        ModelFolder weights = ModelFolder.open(run.checkpoint(60))) {
      assertThat(weights.names()).contains("distillation.projection.weight");
      // The head is the training's own.
      assertThat(NifFolder.load(model, Precision.FLOAT32, manager).field().values().keySet())
          .noneMatch(name -> name.contains("distillation"));
    }
  }

  @Test
  void contradictionsAreRefused() {
    assertThatThrownBy(
            () ->
                TinyStage1.config(
                    images,
                    "lpips={\"type\": \"vgg16\", \"path\": \"vgg16.safetensors\", \"weight\": 1}",
                    "crop.encoderSize=15"))
        .hasMessageContaining("crop.encoderSize (15) must be at least 16 for lpips");
  }
}
