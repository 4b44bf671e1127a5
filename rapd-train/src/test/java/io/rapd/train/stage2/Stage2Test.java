package io.rapd.train.stage2;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.fixture.Bfloat16Test;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.HostRead;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.DenoiserOutput;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.NifFolder;
import io.rapd.nif.teacher.TeacherFolder;
import io.rapd.train.GradientDirections;
import io.rapd.train.TinyImages;
import io.rapd.train.TinyStage1;
import io.rapd.train.TinyStage2;
import io.rapd.train.data.Batches;
import io.rapd.train.data.CaptionedImages;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.UnusableSamples;
import io.rapd.train.loop.Workers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The loss against the equations in one graph, in parts, and in bfloat16. */
class Stage2Test {
  private static final int STEP = 3;

  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();
  private Path images;
  private Path field;
  private final List<Setting> settings = new ArrayList<>();
  private String teacher = "";

  @BeforeEach
  void write() {
    images = TinyImages.write(folder.resolve("images"));
    field = TinyStage1.writeField(folder.resolve("field"));
    Path path = folder.resolve("teacher");
    TeacherFolder kind = TeacherFolder.DINOV2;
    kind.write(path, kind.weights(manager), TensorType.F32);
    teacher =
        message(
            "teacher={\"type\": \"dinov2\", \"path\": \"%s\", \"positions\": \"original\"}", path);
  }

  @AfterEach
  void close() {
    settings.forEach(setting -> setting.text.close());
    manager.close();
  }

  private final class Setting {
    final Stage2Config config;
    final TextEncoder text;
    final Stage2 stage;
    final NifFolder nif = NifFolder.load(field, Precision.FLOAT32, manager);
    final Stage2Network network;
    final Optional<RepaTarget> target;
    final CaptionedImages.Batch batch;
    final Map<String, NDArray> trained;

    Setting(Precision precision, String... overrides) {
      config = TinyStage2.config(images, field, overrides);
      ImageTextSource source = config.data().openTrain(true);
      target = RepaTarget.of(config, source, Optional.empty(), precision, manager);
      text = config.text().open(Precision.FLOAT32, Device.cpu());
      stage = new Stage2(config, source, Optional.empty(), text, precision, manager);
      network = stage.network();
      network.initialize(manager, 11);
      trained = network.trainedValues();
      try (GradMode plain = GradMode.disabled()) {
        // Off the zeros that make a fresh denoiser predict nothing.
        trained.forEach(
            (name, value) ->
                value.addi(
                    RandomStream.of(2, name, 0).normal(manager, value.getShape()).muli(0.05)));
      }
      try (Batches<CaptionedImages.Batch> batches =
          stage.batches(STEP, Optional.empty(), UnusableSamples.REFUSED)) {
        batch = batches.next();
      }
      settings.add(this);
    }

    Map<String, Double> losses() {
      try (GradMode recording = GradMode.enabled();
          NDManager scope = manager.newSubManager();
          Workers<Stage2Network> workers =
              new Workers<>(network, config.loop().workers(), Device.cpu(), stage::network)) {
        return stage.gradients(STEP, batch, workers, scope);
      }
    }

    /** The gradients collected since the last call. */
    Map<String, float[]> gradients() {
      Map<String, float[]> gradients = new LinkedHashMap<>();
      trained.forEach(
          (name, value) -> {
            try (NDManager scope = manager.newSubManager()) {
              gradients.put(name, Autograd.gradient(value, scope).toFloatArray());
            }
            Autograd.zeroGradient(value);
          });
      return gradients;
    }

    /** L_FM + weight L_REPA as they are written, by DJL's own operators; collects gradients. */
    double plain() {
      try (GradMode recording = GradMode.enabled()) {
        int size = config.loop().batchSize();
        long seed = config.loop().seed();
        NDArray images = ImageTensors.stack(batch.images(), manager);
        NDArray latent = nif.description().statistics().normalize(nif.field().encode(images));
        NDArray noise = RandomStream.of(seed, "noise", STEP).normal(manager, latent.getShape());
        float[] times = new float[size];
        RandomStream random = RandomStream.of(seed, "time", STEP);
        for (int i = 0; i < size; i++) {
          double normal = random.generator().nextGaussian(); // mean 0, deviation 1
          double t = 1 / (1 + Math.exp(-normal));
          times[i] = (float) (t / (t + (1 - t) * config.flow().timeShift()));
        }
        NDArray t = manager.create(times);
        NDArray along = t.reshape(-1, 1, 1, 1);
        NDArray rest = manager.ones(along.getShape()).sub(along);
        NDArray noisy = latent.mul(along).add(noise.mul(rest));
        DenoiserOutput output =
            network
                .denoiser()
                .forward(noisy, t, text.encode(batch.captions(), manager), config.repa().block());
        NDArray velocity =
            config.flow().parameterization().equals("data")
                ? output.prediction().sub(noisy).div(rest.maximum(manager.create(0.05f)))
                : output.prediction();
        NDArray loss = velocity.sub(latent.sub(noise)).square().mean();
        if (target.isPresent()) {
          NDArray projected = network.head().orElseThrow().forward(output.features());
          NDArray features = target.get().features(batch.images(), batch.keys(), manager);
          NDArray cosine =
              projected
                  .mul(features)
                  .sum(new int[] {2})
                  .div(projected.norm(new int[] {2}).mul(features.norm(new int[] {2})));
          NDArray weight = manager.create((float) config.repa().weight());
          loss = loss.add(manager.ones(cosine.getShape()).sub(cosine).mean().mul(weight));
        }
        Autograd.backward(loss);
        return loss.getFloat();
      }
    }
  }

  private static void assertSame(
      Map<String, float[]> got, Map<String, float[]> expected, double tolerance) {
    assertThat(got.keySet()).isEqualTo(expected.keySet());
    got.forEach((name, values) -> Fixture.assertClose(name, values, expected.get(name), tolerance));
  }

  @ParameterizedTest
  @ValueSource(strings = {"velocity", "data"})
  void lossAndGradientsAreThoseOfTheEquations(String parameterization) {
    Setting setting =
        new Setting(
            Precision.FLOAT32,
            teacher,
            "generator=java",
            "flow.parameterization=" + parameterization);
    Map<String, Double> losses = setting.losses();
    assertThat(losses.keySet()).containsExactly("loss", "flow", "repa");
    assertThat(losses.get("loss"))
        .isCloseTo(losses.get("flow") + 0.5 * losses.get("repa"), within(1e-6));
    Map<String, float[]> gradients = setting.gradients();
    double expected = setting.plain();
    assertThat(losses.get("loss")).isCloseTo(expected, within(1e-5 * expected));
    assertSame(gradients, setting.gradients(), 2e-4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"java", "torch"})
  void microBatchWorkersAndCheckpointingChangeNothing(String generator) {
    String from = "generator=" + generator;
    Setting whole =
        new Setting(Precision.FLOAT32, teacher, from, "loop.batchSize=7", "microBatch=7");
    Map<String, Double> expected = whole.losses();
    Map<String, float[]> gradients = whole.gradients();
    for (String change :
        List.of(
            "microBatch=1",
            "microBatch=3",
            "microBatch=100",
            "loop.workers=2",
            "activationCheckpointing=true")) {
      Setting parts =
          new Setting(Precision.FLOAT32, teacher, from, "loop.batchSize=7", "microBatch=3", change);
      parts
          .losses()
          .forEach(
              (name, loss) ->
                  assertThat(loss)
                      .as(name)
                      .isCloseTo(expected.get(name), within(1e-5 * expected.get(name))));
      assertSame(parts.gradients(), gradients, 1e-4);
    }
  }

  @Test
  void checkpointedWorkersGiveTheSameGradientsWithoutTeacher() {
    Setting whole = new Setting(Precision.FLOAT32);
    double expected = whole.losses().get("loss");
    Setting parts =
        new Setting(Precision.FLOAT32, "activationCheckpointing=true", "loop.workers=2");
    assertThat(parts.losses().get("loss")).isCloseTo(expected, within(1e-5 * expected));
    assertSame(parts.gradients(), whole.gradients(), 1e-4);
  }

  @Test
  void generatorsDrawDifferentNoiseOfTheSameDistribution() {
    double java = new Setting(Precision.FLOAT32, "generator=java").losses().get("loss");
    double torch = new Setting(Precision.FLOAT32, "generator=torch").losses().get("loss");
    assertThat(torch).isNotEqualTo(java).isCloseTo(java, within(0.5 * java));
  }

  /** Each read waits for the device; clipping reads the gradient norm once more. */
  @Test
  void aStepReadsItsLossesOnce() {
    for (String parts : List.of("microBatch=1", "microBatch=4")) {
      Setting setting = new Setting(Precision.FLOAT32, teacher, parts);
      long before = HostRead.count();
      setting.losses();
      assertThat(HostRead.count() - before).isEqualTo(1);
    }
  }

  @Bfloat16Test
  void bfloat16AgreesWithFloat32() {
    Setting exact = new Setting(Precision.FLOAT32, teacher);
    Setting rounded = new Setting(Precision.BFLOAT16, teacher);
    Map<String, Double> expected = exact.losses();
    rounded
        .losses()
        .forEach(
            (name, loss) ->
                assertThat(loss)
                    .as(name)
                    .isCloseTo(expected.get(name), within(1e-2 * expected.get(name))));
    GradientDirections.assertAgree(rounded.gradients(), exact.gradients());
  }
}
