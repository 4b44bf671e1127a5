package io.rapd.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.dit.DenoiserConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelLoadingTest {
  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void write() {
    model = RandomModel.textToImage(folder.resolve("model"));
  }

  private static void refused(Consumer<Path> load, Path path, String... words) {
    assertThatThrownBy(() -> load.accept(path))
        .isInstanceOf(IllegalArgumentException.class)
        .satisfies(
            e -> {
              assertThat(e.getMessage()).doesNotContain("\n").contains(words);
              assertThat(e.getMessage()).contains(path.getFileName().toString());
            });
  }

  @Test
  void missingFoldersAndFoldersOfOtherThingsAreNamed() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    Path file = Files.writeString(folder.resolve("file"), "x");
    for (Consumer<Path> load :
        java.util.List.<Consumer<Path>>of(TextToImage::load, ImageToField::load)) {
      refused(load, folder.resolve("nowhere"), "no such folder");
      refused(load, file, "no such folder");
      refused(load, empty, "is no model folder");
    }
    Files.writeString(empty.resolve("config.json"), "{\"nif\":");
    refused(TextToImage::load, empty, "config.json: ");
  }

  @Test
  void partsOfAModelAreNotTheModel() throws IOException {
    refused(TextToImage::load, model.resolve("nif"), "is a stage-1 model", "nif/ and denoiser/");
    refused(TextToImage::load, model.resolve("denoiser"), "is a denoiser without its image field");
    refused(ImageToField::load, model.resolve("denoiser"), "is a denoiser", "stage-1 model");
    Path half = Files.createDirectory(folder.resolve("half"));
    Files.move(model.resolve("nif"), half.resolve("nif"));
    refused(TextToImage::load, half, "has nif/ but no denoiser/");
  }

  @Test
  void aTrainingRunStandsForItsFinishedModel() throws IOException {
    Path run = Files.createDirectory(folder.resolve("run"));
    Files.createDirectory(run.resolve("checkpoints"));
    Files.writeString(run.resolve("config.json"), "{\"nif\": {}, \"denoiser\": {}}");
    refused(TextToImage::load, run, "is a training run that has not finished");
    refused(ImageToField::load, run, "is a training run that has not finished");
    Files.move(model, run.resolve("model"));
    TextToImage.load(run).close();
    ImageToField.load(run).close();
  }

  @Test
  void theDigestIsThatOfTheWeightsInTheOrderOfTheirPaths() throws Exception {
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    for (String part : List.of("denoiser", "nif")) {
      sha256.update(Files.readAllBytes(model.resolve(part).resolve("model.safetensors")));
    }
    String expected = HexFormat.of().formatHex(sha256.digest());
    assertThat(TrainedModel.open(model).weightsSha256()).isEqualTo(expected);
    Files.writeString(model.resolve("nif/README.md"), "not among the weights");
    assertThat(TrainedModel.open(model).weightsSha256()).isEqualTo(expected);
  }

  @Test
  void aFieldOfOtherChannelsIsRefused() {
    RandomModel.field(model.resolve("nif"), 3);
    refused(TextToImage::load, model, "denoiser.channels (4) must be the channels of the field");
  }

  @Test
  void anotherTextEncoderIsRefused() {
    RandomModel.denoiser(model.resolve("denoiser"), RandomModel.DENOISER, "some encoder");
    refused(TextToImage::load, model, "trained with the text encoder \"some encoder\"", "MiniLM");
    DenoiserConfig c = RandomModel.DENOISER;
    DenoiserConfig narrow =
        new DenoiserConfig(
            c.channels(),
            c.latentSize(),
            c.patchSize(),
            c.width(),
            c.depth(),
            c.heads(),
            c.bottleneck(),
            c.mlpRatio(),
            c.textBlocks(),
            99,
            c.textTokens());
    RandomModel.denoiser(model.resolve("denoiser"), narrow, RandomModel.textProvenance());
    refused(TextToImage::load, model, "expects 8 text states of width 99", "has 8 of width 384");
  }

  @Test
  void aTextEncoderThatMovedMustBeNamed() throws IOException {
    Path config = model.resolve("denoiser/config.json");
    String qwen3 = "\"type\" : \"qwen3\", \"path\" : \"/gone/Qwen3\"";
    String text = Files.readString(config);
    assertThat(text).contains("\"type\" : \"minilm\"");
    Files.writeString(config, text.replace("\"type\" : \"minilm\"", qwen3));
    refused(TextToImage::load, model, "no longer at /gone/Qwen3", "--text-encoder");
    LoadOptions moved = LoadOptions.defaults().withTextEncoder(folder.resolve("Qwen3"));
    assertThatThrownBy(() -> TextToImage.load(model, moved))
        .hasMessageContaining(folder.resolve("Qwen3") + ": no such folder");
  }

  @Test
  void theEmbeddedTextEncoderNeedsNoFolder() {
    LoadOptions moved = LoadOptions.defaults().withTextEncoder(folder);
    assertThatThrownBy(() -> TextToImage.load(model, moved))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("uses the embedded text encoder");
  }

  @Test
  void damagedWeightsAreNamed() throws IOException {
    Path weights = model.resolve("denoiser/model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    Files.write(weights, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    refused(TextToImage::load, model, "denoiser/model.safetensors");
    Files.delete(weights);
    refused(TextToImage::load, model, "model.safetensors");
  }
}
