package io.rapd.train.stage1;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.fixture.Bfloat16Test;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.metric.Lpips;
import io.rapd.core.metric.VggFile;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.HostRead;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import io.rapd.nif.distill.SemanticDistillation;
import io.rapd.nif.encoder.EdsrConfig;
import io.rapd.nif.teacher.SemanticTeacher;
import io.rapd.nif.teacher.TeacherFolder;
import io.rapd.train.GradientDirections;
import io.rapd.train.TinyImages;
import io.rapd.train.TinyStage1;
import io.rapd.train.data.Batches;
import io.rapd.train.data.MultiResolutionCrops;
import io.rapd.train.data.UnusableSamples;
import io.rapd.train.loop.Workers;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The split backward pass against one graph, and against differences of the loss. */
class Stage1Test {
  private static final int STEP = 3;

  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();
  private Path images;

  @BeforeEach
  void writeImages() {
    images = TinyImages.write(folder.resolve("images"));
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private Stage1Config config(String... overrides) {
    return TinyStage1.config(images, overrides);
  }

  private String teacher(TeacherFolder kind) {
    Path path = folder.resolve(kind.name());
    kind.write(path, kind.weights(manager), TensorType.F32);
    return kind == TeacherFolder.CLIP
        ? "teacher={\"type\": \"clip\", \"path\": \"" + path + "\"}"
        : "teacher={\"type\": \"dinov2\", \"path\": \"" + path + "\", \"positions\": \"original\"}";
  }

  private String lpips(double weight) {
    Path file =
        VggFile.write(folder.resolve("vgg16.safetensors"), VggFile.small(manager), TensorType.F32);
    return message("lpips={\"type\": \"vgg16\", \"path\": \"%s\", \"weight\": %s}", file, weight);
  }

  /** Everything of one step, built from a configuration as a training builds it. */
  private final class Setting {
    final Stage1Config config;
    final Stage1 stage;
    final Optional<SemanticTeacher> teacher;
    final Optional<Lpips> lpips;
    final Stage1Network network;
    final MultiResolutionCrops.Batch batch;
    final Map<String, NDArray> trained;

    Setting(Stage1Config config, Precision precision) {
      this.config = config;
      teacher = config.teacher().load(precision, manager);
      lpips = config.lpips().load(precision, manager);
      stage = new Stage1(config, precision, manager);
      network = stage.network();
      network.initialize(manager, 11);
      trained = network.trainedValues();
      try (Batches<MultiResolutionCrops.Batch> batches =
          stage.batches(STEP, Optional.empty(), UnusableSamples.REFUSED)) {
        batch = batches.next();
      }
    }

    Setting(Stage1Config config) {
      this(config, Precision.FLOAT32);
    }

    Map<String, Double> losses() {
      try (GradMode recording = GradMode.enabled();
          NDManager scope = manager.newSubManager();
          Workers<Stage1Network> workers =
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

    /** L_rec as it is written, in one graph. */
    NDArray reconstruction(NDArray latent, NDArray targets) {
      Shape shape = targets.getShape();
      PixelGrid grid = new PixelGrid((int) shape.get(2), (int) shape.get(3));
      NDArray rendered = network.field().render(latent, grid, grid.whole());
      NDArray loss = rendered.sub(targets).abs().mean();
      return lpips.isPresent()
          ? loss.add(lpips.get().forward(rendered, targets).mean().mul(config.lpips().weight()))
          : loss;
    }

    /** L_distill as it is written, in one graph. */
    NDArray distillation(NDArray inputs, NDArray latent) {
      int patches = config.crop().encoderSize() / teacher.orElseThrow().patchSize();
      NDArray tokens = teacher.get().patchTokens(inputs, patches, patches); // (B, N, D)
      NDArray wanted =
          tokens
              .transpose(0, 2, 1)
              .reshape(inputs.getShape().get(0), teacher.get().width(), patches, patches);
      return new SemanticDistillation(config.distillation())
          .losses(
              network.head().orElseThrow().forward(latent, patches, patches),
              wanted,
              RandomStream.of(config.loop().seed(), "distillation", STEP).generator())
          .total();
    }

    /** The gradient's norm at the weights of the encoder's last convolution, by a whole graph. */
    double lastLayerNorm(boolean ofDistillation) {
      try (GradMode recording = GradMode.enabled();
          NDManager scope = manager.newSubManager()) {
        NDArray inputs = ImageTensors.stack(batch.inputs(), scope);
        NDArray latent = network.field().encode(inputs);
        Autograd.backward(
            ofDistillation
                ? distillation(inputs, latent)
                : reconstruction(latent, ImageTensors.stack(batch.targets(), scope)));
      }
      String last =
          "nif.encoder.body." + ((EdsrConfig) config.nif().encoder()).blocks() + ".weight";
      double squares = 0;
      NDArray weight = trained.get(last);
      try (NDManager scope = manager.newSubManager()) {
        for (float value : Autograd.gradient(weight, scope).toFloatArray()) {
          squares += value * value;
        }
      }
      trained.values().stream().filter(NDArray::hasGradient).forEach(Autograd::zeroGradient);
      return Math.sqrt(squares);
    }

    /** L_rec + a * 0.1 * L_distill with a constant a, in one graph; its gradients are collected. */
    double plain(double a, boolean backward) {
      try (GradMode mode = backward ? GradMode.enabled() : GradMode.disabled();
          NDManager scope = manager.newSubManager()) {
        NDArray inputs = ImageTensors.stack(batch.inputs(), scope);
        NDArray latent = network.field().encode(inputs);
        NDArray loss = reconstruction(latent, ImageTensors.stack(batch.targets(), scope));
        if (teacher.isPresent()) {
          loss = loss.add(distillation(inputs, latent).mul(a * config.distillation().weight()));
        }
        if (backward) {
          Autograd.backward(loss);
        }
        return loss.toArray()[0].doubleValue();
      }
    }
  }

  private static void assertSame(
      Map<String, float[]> got, Map<String, float[]> expected, double tolerance) {
    assertThat(got.keySet()).isEqualTo(expected.keySet());
    got.forEach(
        (name, values) -> {
          assertThat(values).as(name).hasSameSizeAs(expected.get(name));
          Fixture.assertClose(name, values, expected.get(name), tolerance);
        });
  }

  private void assertEqualsOneGraph(Stage1Config config) {
    Setting setting = new Setting(config);
    Map<String, Double> losses = setting.losses();
    Map<String, float[]> gradients = setting.gradients();
    double a = 0;
    if (setting.teacher.isPresent()) {
      a = setting.lastLayerNorm(false) / (setting.lastLayerNorm(true) + 1e-4);
      assertThat(losses.get("adaptiveWeight")).isCloseTo(a, within(1e-4 * a)).isPositive();
      assertThat(losses.get("cosine") + losses.get("distance")).isPositive();
    }
    double loss = setting.plain(a, true);
    assertThat(losses.get("loss")).isCloseTo(loss, within(1e-5 * loss));
    assertSame(gradients, setting.gradients(), 2e-4);
    if (setting.lpips.isEmpty()) { // A narrow VGG has kinks everywhere.
      assertEqualsDifferences(setting, gradients, a);
    }
  }

  /** Central differences of the weights with the largest gradients of some parameters. */
  private static void assertEqualsDifferences(
      Setting setting, Map<String, float[]> gradients, double a) {
    gradients.forEach(
        (name, values) -> {
          if (name.contains("blocks.1") || name.contains("norm")) {
            return; // A few are enough.
          }
          int largest =
              IntStream.range(0, values.length)
                  .boxed()
                  .max(Comparator.comparingDouble(i -> Math.abs(values[i])))
                  .orElseThrow();
          double step = 1e-3;
          double above = moved(setting, name, largest, step, a);
          double below = moved(setting, name, largest, -step, a);
          assertThat((above - below) / (2 * step))
              .as("%s[%d]", name, largest)
              .isCloseTo(values[largest], within(0.02 * Math.abs(values[largest]) + 2e-4));
        });
  }

  private static double moved(Setting setting, String name, int at, double by, double a) {
    NDArray value = setting.trained.get(name);
    float[] difference = new float[(int) value.size()];
    difference[at] = (float) by;
    try (GradMode plain = GradMode.disabled();
        NDArray moves = value.getManager().create(difference, value.getShape())) {
      value.addi(moves);
      double loss = setting.plain(a, false);
      value.subi(moves);
      return loss;
    }
  }

  @Test
  void gradientsWithoutTeacherAreThoseOfOneGraph() {
    assertEqualsOneGraph(config());
  }

  @Test
  void gradientsWithTeacherAreThoseOfOneGraph() {
    assertEqualsOneGraph(config("crop.encoderSize=32", teacher(TeacherFolder.DINOV2)));
  }

  @Test
  void gradientsWithTeacherAndLpipsAreThoseOfOneGraph() {
    assertEqualsOneGraph(config(teacher(TeacherFolder.CLIP), lpips(0.7)));
  }

  @Test
  void lpipsIsPartOfTheLoss() {
    Map<String, Double> with = new Setting(config(lpips(0.7))).losses();
    Map<String, Double> without = new Setting(config()).losses();
    assertThat(with.keySet()).containsExactly("loss", "l1", "lpips");
    assertThat(without.keySet()).containsExactly("loss", "l1");
    assertThat(with.get("l1")).isCloseTo(without.get("l1"), within(1e-6));
    assertThat(with.get("lpips")).isPositive();
    assertThat(with.get("loss")).isCloseTo(with.get("l1") + 0.7 * with.get("lpips"), within(1e-6));
  }

  @Test
  void theMicroBatchAndWorkersChangeNothing() {
    String teacher = teacher(TeacherFolder.DINOV2);
    String lpips = lpips(1);
    Setting whole = new Setting(config("loop.batchSize=5", teacher, lpips));
    Map<String, Double> expected = whole.losses();
    Map<String, float[]> gradients = whole.gradients();
    long pixels = (long) Math.pow(whole.batch.targets().get(0).height(), 2);
    for (String change :
        List.of(
            "microBatchPixels=1",
            "microBatchPixels=" + 2 * pixels,
            "microBatchPixels=" + (2 * pixels + 1),
            "microBatchPixels=" + 4 * pixels,
            "loop.workers=2",
            "loop.workers=3",
            "loop.workers=9")) {
      Setting parts = new Setting(config("loop.batchSize=5", teacher, lpips, change));
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

  /** Each read waits for the device: losses, two gradient norms and the distillation losses. */
  @Test
  void readsOfAStepDoNotGrowWithItsParts() {
    String teacher = teacher(TeacherFolder.DINOV2);
    for (String parts : List.of("microBatchPixels=1", "microBatchPixels=65536")) {
      Setting setting = new Setting(config(teacher, parts));
      long before = HostRead.count();
      setting.losses();
      assertThat(HostRead.count() - before).isEqualTo(4);
    }
  }

  /** Its statistics are of the whole image, so that strips would lose part of the gradient. */
  @Test
  void aRendererThatNormalisesTheImageIsDifferentiatedWhole() {
    String clif = "nif.renderer={\"type\": \"clif\", \"width\": 64, \"normalize\": true}";
    Setting whole = new Setting(config(clif));
    Map<String, Double> expected = whole.losses();
    Setting parts = new Setting(config(clif, "microBatchPixels=1"));
    assertThat(parts.losses().get("loss"))
        .isCloseTo(expected.get("loss"), within(1e-5 * expected.get("loss")));
    assertSame(parts.gradients(), whole.gradients(), 1e-4);
  }

  @Bfloat16Test
  void bfloat16AgreesWithFloat32() {
    String[] overrides = {teacher(TeacherFolder.DINOV2), lpips(1), "nif.renderer.width=32"};
    Setting exact = new Setting(config(overrides));
    Setting rounded = new Setting(config(overrides), Precision.BFLOAT16);
    Map<String, Double> expected = exact.losses();
    Map<String, Double> losses = rounded.losses();
    for (String name : List.of("loss", "l1", "lpips", "cosine")) {
      assertThat(losses.get(name))
          .as(name)
          .isCloseTo(expected.get(name), within(1e-2 * expected.get(name)));
    }
    GradientDirections.assertAgree(rounded.gradients(), exact.gradients());
  }
}
