package io.rapd.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.checkpoint.SafetensorsFile;
import io.rapd.core.checkpoint.torch.TorchFile;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.fixture.FixtureArrays;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.Precision;
import io.rapd.dit.DenoiserFolder;
import io.rapd.dit.flow.FlowConfig;
import io.rapd.dit.flow.Guidance;
import io.rapd.dit.flow.NoiseSource;
import io.rapd.dit.flow.SamplingConfig;
import io.rapd.dit.flow.SolverType;
import io.rapd.dit.text.Qwen3Folder;
import io.rapd.dit.text.TextEncoder;
import io.rapd.dit.text.TextEncoderConfig;
import io.rapd.nif.NifFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From PixelGen's checkpoint to its images. */
class PixelGenImportFixtureTest {
  @TempDir private static Path shared;
  private static Path model;
  @TempDir private Path folder;

  private final Fixture fixture = Fixture.load("pixelgen_sampling");
  private final JsonNode run = fixture.config().get("run");

  @BeforeAll
  static void importCheckpoint() {
    model = PixelGenModel.write(shared);
  }

  @Test
  void theModelRecordsHowPixelGenSamples() {
    DenoiserFolder.Description description = DenoiserFolder.describe(model.resolve("denoiser"));
    JsonNode sizes = fixture.config().get("model");
    assertThat(description.denoiser().latentSize()).isEqualTo(sizes.get("input_size").intValue());
    assertThat(description.denoiser().heads()).isEqualTo(sizes.get("num_groups").intValue());
    assertThat(description.text())
        .isEqualTo(
            new TextEncoderConfig.Qwen3(
                shared.resolve("text").toString(), PixelGenModel.TEXT_TOKENS));
    assertThat(description.flow()).isEqualTo(new FlowConfig(3, -0.8, 0.8, "data", 0.1));
    assertThat(description.sampling())
        .isEqualTo(
            new SamplingConfig(25, Guidance.of(4), SolverType.ADAMS2, NoiseSource.TORCH_RANDN));
    assertThat(NifFolder.describe(model.resolve("nif")).nif().pixelSpace()).isTrue();
  }

  @Test
  void everyAveragedWeightIsCopiedToTheBit() {
    String prefix = "state_dict.ema_denoiser.";
    try (SafetensorsFile written =
            SafetensorsFile.open(model.resolve("denoiser/model.safetensors"));
        TorchFile checkpoint = TorchFile.open(PixelGenModel.CHECKPOINT);
        NDManager manager = NDManager.newBaseManager()) {
      assertThat(checkpoint.names().stream().filter(name -> name.startsWith(prefix)).count())
          .isEqualTo(written.names().size());
      for (String name : written.names()) {
        assertThat(written.read(name, manager))
            .as(name)
            .isEqualTo(checkpoint.read(prefix + name, manager));
      }
    }
  }

  /** Prompts are numbers of the fixture's conditions; the empty one is its uncondition. */
  private record FixtureText(FixtureArrays arrays) implements TextEncoder {
    @Override
    public int width() {
      return PixelGenModel.TEXT_WIDTH;
    }

    @Override
    public int maxTokens() {
      return (int) arrays.array("in.uncondition").getShape().get(1);
    }

    @Override
    public String provenance() {
      return "fixture";
    }

    @Override
    public NDArray encode(List<String> prompts, NDManager manager) {
      String prompt = prompts.get(0);
      NDArray states =
          prompt.isEmpty()
              ? arrays.array("in.uncondition")
              : arrays.array("in.condition").get(prompt + ":" + (Integer.parseInt(prompt) + 1));
      NDArray copy = states.duplicate();
      copy.attach(manager);
      return copy;
    }

    @Override
    public void close() {}
  }

  private static DenoiserFolder withTimeShift(DenoiserFolder loaded, double shift) {
    DenoiserFolder.Description imported = loaded.description();
    DenoiserFolder.Description shifted =
        new DenoiserFolder.Description(
            imported.denoiser(),
            imported.text(),
            imported.textProvenance(),
            new FlowConfig(shift, -0.8, 0.8, "data", 0.1),
            imported.sampling(),
            imported.provenance());
    return new DenoiserFolder(loaded.denoiser(), shifted);
  }

  /** All prompts of a seed start from the noise of the fixture's first image. */
  @Test
  void generatedImagesAreThoseOfPixelGen() {
    NDManager memory = NDManager.newBaseManager();
    try (NDManager manager = NDManager.newBaseManager();
        TextToImage loaded =
            new TextToImage(
                new LoadedModel(
                    memory,
                    NifFolder.load(model.resolve("nif"), Precision.FLOAT32, memory),
                    Optional.empty(),
                    withTimeShift(
                        DenoiserFolder.load(model.resolve("denoiser"), Precision.FLOAT32, memory),
                        run.get("timeshift").doubleValue()),
                    new FixtureText(new FixtureArrays(fixture, manager))))) {
      GenerationOptions options =
          loaded
              .defaults()
              .withSeed(run.get("seed").longValue())
              .withSteps(run.get("num_steps").intValue())
              .withGuidance(run.get("guidance").doubleValue());
      int side = PixelGenModel.SIDE;
      int[] expected = fixture.bytes("out.adams2_uint8"); // (B, 3, S, S)
      try (ImageField field = loaded.generate("0", options)) {
        byte[] rgb = field.renderAtResolution(side, side).toRgbBytes(); // (S, S, 3)
        for (int i = 0; i < rgb.length; i++) {
          assertThat(rgb[i] & 0xff).isCloseTo(expected[i % 3 * side * side + i / 3], within(1));
        }
        assertThatThrownBy(() -> field.renderAtResolution(side, side + 1))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(
                "height %d and width %d, got height %d and width %d", side, side, side, side + 1);
      }
      try (ImageField field = loaded.generate("0", options.withSolver(SolverType.EULER))) {
        float[] first = field.latent().toFloatArray();
        float[] both = fixture.floats("out.euler");
        Fixture.assertClose("out.euler", first, java.util.Arrays.copyOf(both, first.length), 1e-4);
      }
    }
  }

  @Test
  void aStage1FieldRendersItsImagesAtAnySize() {
    Path field = RandomModel.field(folder.resolve("field"), 4);
    LoadOptions own = LoadOptions.defaults();
    assertThat(TextToImage.fixedSize(model, own)).isEqualTo(OptionalInt.of(PixelGenModel.SIDE));
    assertThat(TextToImage.fixedSize(model, own.withField(field))).isEmpty();
    try (TextToImage alone = TextToImage.load(model, own);
        TextToImage any = TextToImage.load(model, own.withField(field));
        ImageToField encoder = ImageToField.load(field)) {
      GenerationOptions options = alone.defaults().withSeed(3).withSteps(3);
      try (ImageField pixels = alone.generate("red apple", options);
          ImageField generated = any.generate("red apple", options)) {
        RgbImage image = pixels.renderAtResolution(PixelGenModel.SIDE, PixelGenModel.SIDE);
        float[] clamped = image.planes().clone();
        for (int i = 0; i < clamped.length; i++) {
          clamped[i] = Math.max(-1, Math.min(1, clamped[i]));
        }
        try (ImageField encoded =
            encoder.encode(new RgbImage(image.height(), image.width(), clamped))) {
          Fixture.assertClose(
              "rendering",
              generated.renderAtResolution(40, 50).planes(),
              encoded.renderAtResolution(40, 50).planes(),
              1e-5);
        }
      }
    }
    assertThatThrownBy(() -> TextToImage.load(model, own.withField(model)))
        .hasMessageContaining("is pixel space itself; expected a stage-1 model");
    Path learned = RandomModel.textToImage(folder.resolve("learned"));
    assertThatThrownBy(() -> TextToImage.load(learned, own.withField(field)))
        .hasMessageContaining("renders with its own image field");
  }

  @Test
  void whatDoesNotFitIsRefusedAndNothingIsWritten() {
    int width = PixelGenModel.TEXT_WIDTH + 4;
    Path wide = Qwen3Folder.random(folder.resolve("wide"), width);
    Path out = folder.resolve("out");
    assertThatThrownBy(() -> PixelGenImport.run(PixelGenModel.CHECKPOINT, wide, out))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "%s: has states of width %d, but %s expects a text encoder of width %d",
            wide, width, PixelGenModel.CHECKPOINT, PixelGenModel.TEXT_WIDTH);
    assertThatThrownBy(
            () -> PixelGenImport.run(Fixture.file("torch_zip.pt"), shared.resolve("text"), out))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected a checkpoint of PixelGen");
    assertThatThrownBy(
            () -> PixelGenImport.run(Fixture.file("torch_evil.pt"), shared.resolve("text"), out))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> PixelGenImport.run(PixelGenModel.CHECKPOINT, folder.resolve("nowhere"), out))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nowhere");
    assertThat(out).doesNotExist();
  }
}
