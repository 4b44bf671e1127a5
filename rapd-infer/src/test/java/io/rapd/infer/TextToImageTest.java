package io.rapd.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.modality.cv.Image;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.fixture.Bfloat16Test;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.image.RgbImage;
import io.rapd.core.nn.Weights;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.flow.Solver.StepListener;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextToImageTest {
  /** Of a batch against single prompts: the order of sums in matrix products differs. */
  private static final double BATCH_TOLERANCE = 1e-4;

  @TempDir private static Path folder;
  private static Path path;
  private static TextToImage model;

  @BeforeAll
  static void load() {
    path = RandomModel.textToImage(folder.resolve("model"));
    model = TextToImage.load(path);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static GenerationOptions seed(long seed) {
    return model.defaults().withSeed(seed);
  }

  private static float[] latent(String prompt, GenerationOptions options) {
    try (ImageField field = model.generate(prompt, options)) {
      return field.latent().toFloatArray();
    }
  }

  @Test
  void sameSeedGivesTheSameBytesInAFreshModel() {
    byte[] first;
    try (ImageField field = model.generate("red apple", seed(1))) {
      first = field.renderAtResolution(40, 24).toRgbBytes();
    }
    try (TextToImage fresh = TextToImage.load(path)) {
      fresh.generate("something else", seed(4)).close();
      try (ImageField field = fresh.generate("red apple", seed(1))) {
        assertThat(field.renderAtResolution(40, 24).toRgbBytes()).isEqualTo(first);
      }
    }
  }

  @Test
  void seedPromptNegativePromptStepsAndGuidanceAllMatter() {
    GenerationOptions options = seed(1);
    float[] latent = latent("red apple", options);
    assertThat(latent("red apple", seed(2))).isNotEqualTo(latent);
    assertThat(latent("blue car", options)).isNotEqualTo(latent);
    assertThat(latent("red apple", options.withNegativePrompt("green"))).isNotEqualTo(latent);
    assertThat(latent("red apple", options.withSteps(5))).isNotEqualTo(latent);
    assertThat(latent("red apple", options.withGuidance(7))).isNotEqualTo(latent);
    assertThat(latent("red apple", options.withNegativePrompt(""))).isEqualTo(latent);
  }

  @Test
  void noiseBecomesALatentOfTheFieldsStatistics() {
    Path silent = folder.resolve("silent");
    RandomModel.field(silent.resolve("nif"), RandomModel.CHANNELS);
    RandomModel.silentDenoiser(silent.resolve("denoiser")); // predicts a velocity of 0
    try (TextToImage still = TextToImage.load(silent);
        NDManager manager = NDManager.newBaseManager();
        ImageField field = still.generate("anything", still.defaults().withSeed(9))) {
      float[] expected =
          RandomStream.of(9, "noise", 0)
              .normal(manager, field.latent().getShape())
              .mul(RandomModel.DEVIATION)
              .add(RandomModel.MEAN)
              .toFloatArray();
      Fixture.assertClose("latent", field.latent().toFloatArray(), expected, 1e-6);
    }
  }

  @Test
  void everyPromptOfABatchGetsTheFieldItHasAlone() {
    List<String> prompts = List.of("red apple", "blue car", "", "cat", "dog", "red apple");
    List<String> heard = new ArrayList<>();
    List<ImageField> fields =
        model.generate(prompts, seed(3), (done, all, latent) -> heard.add(done + "/" + all));
    assertThat(fields).hasSize(prompts.size());
    for (int i = 0; i < prompts.size(); i++) {
      Fixture.assertClose(
          prompts.get(i),
          fields.get(i).latent().toFloatArray(),
          latent(prompts.get(i), seed(3)),
          BATCH_TOLERANCE);
    }
    fields.forEach(ImageField::close);
    assertThat(heard).containsExactly("1/6", "2/6", "3/6", "4/6", "5/6", "6/6");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "   ", "🍎 🚗 👩‍🚀", "\n\t\u0000", "\uD83C"})
  void everyPromptWorks(String prompt) {
    try (ImageField field = model.generate(prompt, seed(1))) {
      RgbImage image = field.renderAtResolution(9, 9);
      assertThat(image.height()).isEqualTo(9);
    }
  }

  @Test
  void longPromptsAreCutToTheTokensOfTheEncoder() {
    String start = "a very long prompt that goes on and on ";
    String longest = start.repeat(300).substring(0, 10_000);
    assertThat(latent(longest, seed(1))).isEqualTo(latent(start.repeat(2), seed(1)));
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "7, 7", "13, 5", "1, 300", "64, 64", "260, 20"})
  void oneLatentServesEverySize(int height, int width) {
    try (ImageField field = model.generate("red apple", seed(1))) {
      RgbImage image = field.renderAtResolution(height, width);
      assertThat(image.height()).isEqualTo(height);
      assertThat(image.width()).isEqualTo(width);
      assertThat(field.renderAtResolution(height, width)).isEqualTo(image);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 5", "5, 0", "-1, 5", "5, -2147483648", "65536, 65536", "2147483647, 2147483647"})
  void impossibleSizesAreRefused(int height, int width) {
    try (ImageField field = model.generate("red apple", seed(1))) {
      assertThatThrownBy(() -> field.renderAtResolution(height, width))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("got " + height + " x " + width);
    }
  }

  @Test
  void imagesOfDjlAndJavaHoldTheSamePixels() {
    try (ImageField field = model.generate("red apple", seed(1))) {
      byte[] rgb = field.renderAtResolution(5, 9).toRgbBytes();
      Image image = field.renderDjlImage(5, 9);
      assertThat(image.getWidth()).isEqualTo(9);
      assertThat(image.getHeight()).isEqualTo(5);
      BufferedImage pixels = (BufferedImage) image.getWrappedImage();
      int at = 3 * (2 * 9 + 4);
      int expected = (rgb[at] & 255) << 16 | (rgb[at + 1] & 255) << 8 | rgb[at + 2] & 255;
      assertThat(pixels.getRGB(4, 2)).isEqualTo(0xff << 24 | expected);
      assertThat(field.renderBufferedImage(5, 9).getRGB(4, 2)).isEqualTo(0xff << 24 | expected);
    }
  }

  @Test
  void generationsLeaveNoArraysBehind() {
    model.generate("first", seed(1)).close();
    int before = model.memory().getManagedArrays().size();
    try (ImageField field = model.generate("red apple", seed(1))) {
      field.renderAtResolution(20, 20);
      assertThat(field.latent().getManager().getManagedArrays()).hasSize(1);
    }
    model.generate(List.of("a", "b"), seed(1), StepListener.NONE).forEach(ImageField::close);
    assertThat(model.memory().getManagedArrays()).hasSize(before);
  }

  @Test
  void twoThreadsGenerateTheBytesThatOneDoes() throws Exception {
    List<String> prompts = List.of("red apple", "blue car", "cat", "a green tree");
    List<byte[]> expected = prompts.stream().map(TextToImageTest::bytes).toList();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try (TextToImage fresh = TextToImage.load(path)) { // with an empty text cache
      List<Callable<byte[]>> tasks = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        String prompt = prompts.get(i % prompts.size());
        tasks.add(() -> bytes(fresh, prompt));
      }
      List<Future<byte[]>> results = threads.invokeAll(tasks);
      for (int i = 0; i < tasks.size(); i++) {
        assertThat(results.get(i).get()).isEqualTo(expected.get(i % prompts.size()));
      }
    } finally {
      threads.shutdown();
    }
  }

  private static byte[] bytes(String prompt) {
    return bytes(model, prompt);
  }

  private static byte[] bytes(TextToImage textToImage, String prompt) {
    try (ImageField field = textToImage.generate(prompt, seed(5))) {
      return field.renderAtResolution(24, 40).toRgbBytes();
    }
  }

  @Test
  void fieldsAreHandedOverBatchByBatch() {
    List<Integer> order = new ArrayList<>();
    List<String> prompts = List.of("a", "b", "c", "d", "e");
    int before = model.memory().getManagedArrays().size();
    model.generate(
        prompts,
        seed(1),
        (done, all, latent) -> order.add(-done),
        (field, prompt) -> {
          order.add(prompt);
          field.close();
        });
    assertThat(order).containsExactly(-1, -2, -3, 0, 1, 2, 3, -4, -5, -6, 4);
    assertThat(model.memory().getManagedArrays()).hasSize(before);
  }

  @Test
  void listenersMayStopGenerating() {
    int before = model.memory().getManagedArrays().size();
    List<String> prompts = List.of("a", "b", "c", "d", "e");
    assertThatThrownBy(() -> model.generate(prompts, seed(1), (done, all, latent) -> done < 4))
        .isInstanceOf(CancellationException.class);
    assertThat(model.memory().getManagedArrays()).hasSize(before);
  }

  @Bfloat16Test
  void bfloat16AgreesWithFloat32ToBfloat16Accuracy() {
    LoadOptions options = LoadOptions.defaults().withPrecision(Precision.BFLOAT16);
    float[] exact = latent("red apple", seed(1));
    try (TextToImage rounded = TextToImage.load(path, options);
        ImageField field = rounded.generate("red apple", seed(1))) {
      Fixture.assertClose("latent", field.latent().toFloatArray(), exact, 0.05);
      assertThat(field.latent().toFloatArray()).isNotEqualTo(exact);
      assertThat(field.renderAtResolution(9, 9).width()).isEqualTo(9);
    }
  }

  @Test
  void int8WeightsGiveNearlyTheSameLatent() {
    Path wide = RandomModel.wide(folder.resolve("wide"));
    LoadOptions options = LoadOptions.defaults();
    try (TextToImage full = TextToImage.load(wide, options);
        TextToImage int8 = TextToImage.load(wide, options.withWeights(Weights.INT8));
        ImageField exact = full.generate("red apple", seed(1));
        ImageField field = int8.generate("red apple", seed(1))) {
      NDArray error = field.latent().sub(exact.latent()).abs();
      assertThat(error.mean().getFloat() / exact.latent().abs().mean().getFloat())
          .isBetween(1e-4f, 0.02f);
    }
  }

  @Test
  void whatIsClosedSaysSo() {
    TextToImage closed = TextToImage.load(path);
    ImageField field = closed.generate("red apple", seed(1));
    closed.close();
    closed.close();
    assertThatThrownBy(() -> field.renderAtResolution(4, 4))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the image field is closed");
    field.close();
    assertThatThrownBy(() -> closed.generate("red apple", seed(1)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the model is closed");
  }

  @Test
  void badOptionsAreRefused() {
    assertThatThrownBy(() -> model.generate(List.of(), seed(1), StepListener.NONE))
        .hasMessageContaining("at least one prompt");
    assertThatThrownBy(() -> seed(1).withSteps(0)).hasMessageContaining("from 1 to 10000, got 0");
    assertThatThrownBy(() -> seed(1).withGuidance(Double.NaN))
        .hasMessageContaining("guidance.scale must be finite and not negative, got NaN");
  }

  @Test
  void whatIsIgnoredOfAPromptIsSaid() {
    GenerationOptions options = model.defaults().withGuidance(2);
    assertThat(model.warnings("red apple", options)).isEmpty();
    assertThat(model.warnings("x ".repeat(600), options))
        .singleElement(InstanceOfAssertFactories.STRING)
        .contains("of 600 tokens are cut")
        .hasLineCount(1);
    assertThat(model.warnings("\uD80C\uDC00", options))
        .singleElement(InstanceOfAssertFactories.STRING)
        .contains("knows none of its words");
    assertThat(model.warnings("red apple", options.withGuidance(1).withNegativePrompt("blue")))
        .containsExactly("the negative prompt has no effect with guidance 1");
  }
}
