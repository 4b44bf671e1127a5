package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.core.image.StoredText;
import io.rapd.infer.RandomModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateCommandTest {
  @TempDir private static Path shared;
  private static String model;
  @TempDir private Path out;

  @BeforeAll
  static void writeModel() {
    model = RandomModel.textToImage(shared.resolve("model")).toString();
  }

  private Invocation generate(String... arguments) {
    List<String> all = new ArrayList<>(List.of("generate", "--out", out.toString()));
    all.addAll(Arrays.asList(arguments));
    if (!all.contains("--model")) {
      all.addAll(List.of("--model", model));
    }
    return Invocation.of(all.toArray(String[]::new));
  }

  private List<String> files() throws IOException {
    try (Stream<Path> found = Files.list(out)) {
      return found.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void writesOneImageForEachPromptSeedAndSizeAndPrintsItsPath() throws IOException {
    Invocation call =
        generate(
            "--prompt",
            "red apple",
            "--prompt",
            "",
            "--size",
            "7",
            "--size",
            "20x12",
            "--seed",
            "1",
            "--seed",
            "2",
            "--steps",
            "2",
            "--guidance",
            "3",
            "--negative-prompt",
            "blur");
    assertThat(call.err()).isEmpty();
    assertThat(call.status()).isZero();
    assertThat(files())
        .hasSize(8)
        .contains(
            "red-apple_seed-1_7x7.png", "red-apple_seed-2_20x12.png", "00000000_seed-1_7x7.png");
    assertThat(call.out().lines().sorted())
        .isEqualTo(files().stream().map(name -> out.resolve(name).toString()).toList());
    RgbImage image = new RgbImageReader().read(out.resolve("red-apple_seed-2_20x12.png"));
    assertThat(image.width()).isEqualTo(20);
    assertThat(image.height()).isEqualTo(12);
  }

  @Test
  void sameSeedGivesTheSameBytes() throws IOException {
    Path file = out.resolve("red-apple_seed-1_33x33.png");
    assertThat(generate("--prompt", "red apple", "--seed", "1", "--size", "33").status()).isZero();
    byte[] first = Files.readAllBytes(file);
    Files.delete(file);
    assertThat(generate("--prompt", "red apple", "--seed", "1", "--size", "33").status()).isZero();
    assertThat(Files.readAllBytes(file)).isEqualTo(first);
  }

  @Test
  void int8WeightsChangeTheImageAndTheDefaultIsFull() throws IOException {
    String wide = RandomModel.wide(shared.resolve("wide")).toString();
    List<byte[]> images = new ArrayList<>();
    for (String form : List.of("full", "int8", "INT8")) {
      assertThat(generate("--model", wide, "--prompt", "apple", "--size", "9", "--weights", form))
          .extracting(Invocation::status)
          .isEqualTo(0);
      images.add(Files.readAllBytes(out.resolve("apple_seed-0_9x9.png")));
    }
    assertThat(images.get(1)).isNotEqualTo(images.get(0));
    assertThat(images.get(2)).isEqualTo(images.get(1));
    assertThat(generate("--model", wide, "--prompt", "apple", "--size", "9").status()).isZero();
    assertThat(out.resolve("apple_seed-0_9x9.png")).hasBinaryContent(images.get(0));
    RapdTest.refused(
        generate("--model", wide, "--prompt", "a", "--weights", "int4"),
        "Invalid value for option '--weights'");
  }

  @Test
  void anImageIsMadeAgainFromItsFile() throws IOException {
    assertThat(
            generate(
                    "--prompt",
                    "café 🍎",
                    "--negative-prompt",
                    "blur",
                    "--seed",
                    "7",
                    "--steps",
                    "2",
                    "--guidance",
                    "1.5",
                    "--solver",
                    "heun",
                    "--size",
                    "30x17",
                    "--fit",
                    "pad")
                .status())
        .isZero();
    String name = files().get(0);
    Path kept = shared.resolve("kept.png");
    Files.move(out.resolve(name), kept, StandardCopyOption.REPLACE_EXISTING);
    Invocation again =
        Invocation.of("generate", "--from", kept.toString(), "--out", out.toString());
    assertThat(again.err()).isEmpty();
    assertThat(out.resolve(name)).hasSameBinaryContentAs(kept);
    Map<String, String> texts = StoredText.read(kept);
    assertThat(texts.get("parameters"))
        .startsWith("café 🍎\nNegative prompt: blur\nSteps: 2, Sampler: ")
        .contains("CFG scale: 1.5, Seed: 7, Size: 30x17, Model hash: ");

    assertThat(generate("--from", kept.toString(), "--seed", "8", "--size", "9").status()).isZero();
    assertThat(files()).anyMatch(file -> file.endsWith("_seed-8_9x9.png"));
    String other = RandomModel.wide(shared.resolve("other")).toString();
    assertThat(generate("--from", kept.toString(), "--model", other).err())
        .contains("was made with another model");
  }

  @Test
  void theModelThatAnImageNamesMayBeGone() throws IOException {
    String gone = RandomModel.textToImage(out.resolve("gone")).toString();
    Path kept = shared.resolve("kept.png");
    assertThat(generate("--model", gone, "--prompt", "a", "--size", "9", "--name", "k").status())
        .isZero();
    Files.move(out.resolve("k.png"), kept, StandardCopyOption.REPLACE_EXISTING);
    Files.move(Path.of(gone), out.resolve("moved"));
    RapdTest.refused(
        Invocation.of("generate", "--from", kept.toString(), "--out", out.toString()),
        "rapd generate: "
            + kept
            + ": was made with the model "
            + gone
            + ", found no such folder;"
            + " name one with --model");
    Invocation again =
        generate("--from", kept.toString(), "--model", out.resolve("moved").toString());
    assertThat(again.err()).isEmpty();
    RgbImageReader reader = new RgbImageReader();
    assertThat(reader.read(out.resolve("a_seed-0_9x9.png"))).isEqualTo(reader.read(kept));
  }

  @Test
  void imagesWithoutARecipeAreRefused() throws IOException {
    Path image = shared.resolve("plain.png");
    new RgbImageWriter().writePng(new RgbImage(1, 1, new float[3]), image);
    RapdTest.refused(generate("--from", image.toString()), "found no recipe");
    Path text = Files.writeString(shared.resolve("text.png"), "no image");
    RapdTest.refused(generate("--from", text.toString()), "found no recipe");
    RapdTest.refused(generate("--from", "nowhere.png"), "nowhere.png");
    assertThat(files()).isEmpty();
  }

  @Test
  void aSquareFieldIsCutStretchedOrPaddedToOtherAspectRatios() throws IOException {
    RgbImage square = rendering("24", "crop");
    RgbImage cut = rendering("24x16", "crop");
    assertThat(cut.toRgbBytes()).isEqualTo(square.crop(4, 0, 16, 24).toRgbBytes());
    RgbImage padded = rendering("30x24", "pad");
    assertThat(padded.crop(0, 3, 24, 24).toRgbBytes()).isEqualTo(square.toRgbBytes());
    assertThat(padded.at(0, 0, 0)).isEqualTo(1);
    assertThat(padded.at(2, 23, 29)).isEqualTo(1);
    assertThat(rendering("24x16", "stretch").toRgbBytes()).isNotEqualTo(cut.toRgbBytes());
  }

  private RgbImage rendering(String size, String fit) throws IOException {
    assertThat(generate("--prompt", "a", "--size", size, "--fit", fit, "--format", "png").status())
        .isZero();
    Path file = out.resolve(files().get(0));
    RgbImage image = new RgbImageReader().read(file);
    Files.delete(file);
    return image;
  }

  @Test
  void formatsAreThoseAskedFor() throws IOException {
    for (String format : List.of("jpg", "tif", "webp")) {
      assertThat(generate("--prompt", "a", "--size", "9", "--format", format).status()).isZero();
    }
    assertThat(files())
        .containsExactly("a_seed-0_9x9.jpg", "a_seed-0_9x9.tif", "a_seed-0_9x9.webp");
  }

  @Test
  void badValuesAreRefusedInOneLineAndNothingIsWritten() throws IOException {
    RapdTest.refused(generate(), "expected --prompt, --prompts or --from");
    for (String size : List.of("0", "-1", "7x0", "x", "2000000x1", "99999999999")) {
      RapdTest.refused(
          generate("--prompt", "a", "--size=" + size), "Invalid value for option '--size'");
    }
    RapdTest.refused(
        generate("--prompt", "a", "--size", "26000", "--format", "webp"), "16383 pixels per side");
    RapdTest.refused(generate("--prompt", "a", "--format", "gif"), "got \"gif\"");
    RapdTest.refused(generate("--prompt", "a", "--fit", "squeeze"), "'--fit'");
    RapdTest.refused(generate("--prompt", "a", "--steps", "0"), "from 1 to 10000, got 0");
    RapdTest.refused(generate("--prompt", "a", "--steps", "many"), "'many' is not an int");
    RapdTest.refused(generate("--prompt", "a", "--guidance", "-1"), "guidance.scale");
    RapdTest.refused(generate("--prompt", "a", "--seed", "1.5"), "'1.5' is not a long");
    RapdTest.refused(generate("--prompt", "a", "--text-encoder", "x"), "embedded text encoder");
    RapdTest.refused(generate("--prompt", "a", "--device", "cuda:99"), "cuda:99");
    RapdTest.refused(generate("--prompt", "a", "--precision", "float16"), "precision must be");
    assertThat(files()).isEmpty();
  }

  @Test
  void modelsThatAreNoneAreRefused() {
    String nif = Path.of(model).resolve("nif").toString();
    String here = out.toString();
    RapdTest.refused(
        Invocation.of("generate", "--model", nif, "--prompt", "a", "--out", here),
        "rapd generate: " + nif + ": is a stage-1 model");
    RapdTest.refused(
        Invocation.of("generate", "--model", "nowhere", "--prompt", "a", "--out", here),
        "rapd generate: nowhere: no such folder");
  }

  @Test
  void outputsThatCannotBeWrittenAreRefusedBeforeTheModelLoads() throws IOException {
    Path file = Files.writeString(out.resolve("file"), "precious");
    for (String place : List.of(file.toString(), file.resolve("below").toString())) {
      RapdTest.refused(
          Invocation.of("generate", "--model", "nowhere", "--prompt", "a", "--out", place), "file");
    }
    assertThat(file).hasContent("precious");
    Path folder = Files.createDirectory(out.resolve("a_seed-0_512x512.png"));
    RapdTest.refused(
        Invocation.of("generate", "--model", "nowhere", "--prompt", "a", "--out", out.toString()),
        folder + ": expected a file or nothing, found a folder");
  }
}
