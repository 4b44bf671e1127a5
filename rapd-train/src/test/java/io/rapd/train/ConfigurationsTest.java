package io.rapd.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.metric.LpipsConfig;
import io.rapd.core.torch.DeviceMemory;
import io.rapd.core.torch.Precision;
import io.rapd.dit.Denoiser;
import io.rapd.dit.DenoiserConfig;
import io.rapd.dit.text.TextEncoderConfig;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.teacher.PositionInterpolation;
import io.rapd.nif.teacher.TeacherConfig;
import io.rapd.train.loop.ConfigDifference;
import io.rapd.train.loop.MemoryPlan;
import io.rapd.train.loop.StageConfig;
import io.rapd.train.stage1.Stage1Config;
import io.rapd.train.stage2.Stage2Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The configurations that come with the project. */
class ConfigurationsTest {
  private static final Path CONFIGS = Path.of("..", "configs");

  static Stream<Path> files() throws IOException {
    return Files.list(CONFIGS).filter(file -> file.toString().endsWith(".json")).sorted();
  }

  private static Object read(Path file) {
    Class<? extends Record> type =
        file.getFileName().toString().contains("stage1") ? Stage1Config.class : Stage2Config.class;
    return ConfigFile.read(file, type, List.of());
  }

  @ParameterizedTest
  @MethodSource("files")
  void parsesAndIsWrittenAsItWasRead(Path file) {
    Object config = read(file);
    assertThat(
            (Object)
                ConfigFile.parse("again", ConfigFile.write(config), config.getClass(), List.of()))
        .isEqualTo(config);
  }

  @Test
  void bothStagesOfDemoAndPaperAreThere() throws IOException {
    assertThat(files().map(file -> file.getFileName().toString()))
        .contains("demo-stage1.json", "demo-stage2.json", "rapd-stage1.json", "rapd-stage2.json");
  }

  /**
   * Encoder: 3*9*16 + 16 = 448, then 17 convolutions of 16*9*16 + 16 = 2,320. Renderer, with D =
   * 256: tokens 22*D + D = 5,888; a block 3*D*D + 3*D (qkv) + D*D + D (projection) + 225*4 (bias
   * table) + 8*D*D + 8*D (w12) + 4*D*D + D (w3) + 4*D (norms) = 1,053,828; norm 2*D, to RGB 3*D +
   * 3.
   */
  @Test
  void thePapersFieldHasItsParameters() {
    Stage1Config config = (Stage1Config) read(CONFIGS.resolve("rapd-stage1.json"));
    NeuralImageField field = new NeuralImageField(config.nif(), Precision.FLOAT32);
    assertThat(field.encoder().parameterCount()).isEqualTo(448 + 17 * 2_320L);
    assertThat(field.renderer().parameterCount()).isEqualTo(5_888 + 4 * 1_053_828L + 512 + 771);
    assertThat(field.parameterCount()).isEqualTo(4_262_371L);
    assertThatThrownBy(field::values).hasMessageContaining("no values yet");
    assertThat(config.crop().encoderSize()).isEqualTo(256);
    assertThat(config.crop().maxScale()).isEqualTo(4);
    assertThat(config.lpips()).isEqualTo(new LpipsConfig.Vgg16("models/vgg16.safetensors", 1));
    assertThat(config.teacher())
        .isEqualTo(new TeacherConfig.Dino("models/dinov2-base", PositionInterpolation.ORIGINAL));
    assertThat(config.loop().steps()).isEqualTo(10_000);
    assertThat(config.loop().batchSize()).isEqualTo(8);
    for (long step : new long[] {1, 5_000, 10_000}) {
      assertThat(config.optimizer().rateAt(step, config.loop().steps())).isEqualTo(1e-4);
    }
  }

  /** What the plan says for one GPU, without what the run's frozen weights would say themselves. */
  @ParameterizedTest
  @CsvSource({
    "rapd-stage1.json, 55, 70",
    "rapd-stage1-512.json, 55, 75",
    "rapd-stage1-24gb.json, 12, 22",
    "rapd-stage2.json, 50, 72",
    "rapd-stage2-24gb.json, 18, 23.5"
  })
  void thePlansFitTheirCards(String file, double least, double most) {
    StageConfig config = (StageConfig) read(CONFIGS.resolve(file));
    MemoryPlan plan = config.plan(Device.gpu(0));
    assertThat(plan.total() / 1e9).isBetween(least, most);
    DeviceMemory card = new DeviceMemory(file.contains("24gb") ? 24L << 30 : 80L << 30, "card");
    assertThat(plan.total()).isLessThan(card.bytes());
    assertThat(plan.lines()).last().asString().startsWith("  total");
  }

  /** Of 24 bytes per parameter without averages: weights and gradients 4, moments 8 or 4. */
  @Test
  void thePlanCountsStateByTheParameters() {
    long parameters = 1_132_032_000L + 1536 * 1536L + 1536 + 1536 * 1536L + 1536 + 768 * 1537L;
    MemoryPlan paper = plan("rapd-stage2.json");
    assertThat(bytes(paper, "weights")).isEqualTo(4 * parameters);
    assertThat(bytes(paper, "gradients")).isEqualTo(4 * parameters);
    assertThat(bytes(paper, "moments")).isEqualTo(8 * parameters);
    assertThat(bytes(paper, "averages")).isEqualTo(4 * parameters);
    assertThat(bytes(plan("rapd-stage2-24gb.json"), "moments")).isEqualTo(4 * parameters);
    assertThat(bytes(plan("rapd-stage2.json", "optimizer.averageDecay=0"), "averages")).isZero();
    assertThat(bytes(plan("rapd-stage2.json", "activationCheckpointing=true"), "activations"))
        .isLessThan(bytes(paper, "activations") / 3);
    assertThat(bytes(plan("rapd-stage2.json", "precision=float32"), "activations"))
        .isGreaterThan(bytes(paper, "activations") * 3 / 2);
  }

  private static MemoryPlan plan(String file, String... overrides) {
    Class<? extends StageConfig> type =
        file.contains("stage1") ? Stage1Config.class : Stage2Config.class;
    return ConfigFile.read(CONFIGS.resolve(file), type, List.of(overrides)).plan(Device.gpu(0));
  }

  private static long bytes(MemoryPlan plan, String item) {
    return plan.items().stream()
        .filter(of -> of.name().equals(item))
        .mapToLong(MemoryPlan.Item::bytes)
        .sum();
  }

  /** The sum is in the denoiser's own test. */
  @Test
  void thePapersDenoiserHasItsParameters() {
    Stage2Config config = (Stage2Config) read(CONFIGS.resolve("rapd-stage2.json"));
    assertThat(config.denoiser()).isEqualTo(DenoiserConfig.paper());
    Denoiser denoiser = config.denoiser().build(Precision.BFLOAT16);
    assertThat(denoiser.parameterCount()).isEqualTo(1_132_032_000L);
    assertThatThrownBy(denoiser::values).hasMessageContaining("no values yet");
    assertThat(config.text()).isEqualTo(new TextEncoderConfig.Qwen3("models/Qwen3-1.7B", 128));
    assertThat(config.flow().timeShift()).isEqualTo(32);
    assertThat(config.sampling().steps()).isEqualTo(25);
    assertThat(config.sampling().guidance().scale()).isEqualTo(4);
    assertThat(config.loop().batchSize() % config.microBatch()).isZero();
    assertThat(config.loop().steps()).isEqualTo(260_000);
    assertThat(config.optimizer().averageDecay()).isEqualTo(0.9999);
    for (long step : new long[] {1, 150_000, 260_000}) {
      assertThat(config.optimizer().rateAt(step, config.loop().steps())).isEqualTo(1e-4);
    }
  }

  /** The fine-tuning on curated images goes on from the first phase and changes nothing else. */
  @Test
  void thePapersSecondPhaseDiffersInDataLengthAndRate() {
    assertThat(
            ConfigDifference.between(
                    CONFIGS.resolve("rapd-stage2.json"),
                    read(CONFIGS.resolve("rapd-stage2-phase2.json")))
                .stream()
                .map(ConfigDifference::path))
        .containsExactlyInAnyOrder(
            "data.location",
            "init",
            "optimizer.learningRate",
            "optimizer.finalRate",
            "optimizer.warmupSteps",
            "loop.steps");
    Stage2Config second = (Stage2Config) read(CONFIGS.resolve("rapd-stage2-phase2.json"));
    assertThat(second.loop().steps()).isEqualTo(40_000);
    assertThat(second.init()).isEqualTo("runs/rapd-stage2");
  }
}
