package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.infer.RandomModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GenerateManyTest {
  @TempDir private static Path shared;
  private static String model;
  @TempDir private Path out;

  @BeforeAll
  static void writeModel() {
    model = RandomModel.textToImage(shared.resolve("model")).toString();
  }

  private Invocation generate(String... arguments) {
    List<String> all =
        new ArrayList<>(List.of("generate", "--model", model, "--out", out.toString()));
    all.addAll(Arrays.asList(arguments));
    return Invocation.of(all.toArray(String[]::new));
  }

  private List<String> files() throws IOException {
    try (Stream<Path> found = Files.list(out)) {
      return found.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private static String prompts(String... lines) throws IOException {
    Path file = shared.resolve("prompts.txt");
    return Files.writeString(file, String.join("\n", lines)).toString();
  }

  private static RgbImage waves(int height, int width) {
    float[] planes = new float[3 * height * width];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = (float) Math.sin(0.1 * i);
    }
    return new RgbImage(height, width, planes);
  }

  private static String image(String name, RgbImage image) {
    Path file = shared.resolve(name);
    new RgbImageWriter().writePng(image, file);
    return file.toString();
  }

  @Test
  void everyLineIsAPromptWithItsOwnSeedAndSize() throws IOException {
    String file =
        prompts("\uFEFFcat", "", "{\"prompt\": \"dog\", \"seed\": 7, \"size\": \"9x5\"}\r", "# x");
    Invocation call = generate("--prompts", file, "--size", "6", "--count", "2", "--steps", "1");
    assertThat(call.err()).isEmpty();
    assertThat(files())
        .hasSize(6)
        .contains("cat_seed-0_6x6.png", "cat_seed-1_6x6.png")
        .contains("dog_seed-7_9x5.png", "dog_seed-8_9x5.png");
    assertThat(call.out().lines()).hasSize(6);
  }

  @Test
  void resumedRunsWriteWhatIsMissingAndTheSheetShowsAll() throws IOException {
    String file = prompts("cat", "dog");
    String[] options = {"--prompts", file, "--size", "6", "--count", "3", "--steps", "1"};
    assertThat(generate(options).status()).isZero();
    Path kept = out.resolve("cat_seed-1_6x6.png");
    Path lost = out.resolve("dog_seed-2_6x6.png");
    byte[] bytes = Files.readAllBytes(lost);
    Files.delete(lost);
    FileTime before = FileTime.fromMillis(1_000_000);
    Files.setLastModifiedTime(kept, before);
    String[] again = Arrays.copyOf(options, options.length + 2);
    again[options.length] = "--resume";
    again[options.length + 1] = "--contact-sheet";
    Invocation call = generate(again);
    assertThat(call.err()).isEqualTo("5 of 6 images exist and are kept\n");
    assertThat(call.out().lines())
        .containsExactly(lost.toString(), out.resolve("contact-sheet-1.png").toString());
    assertThat(Files.getLastModifiedTime(kept)).isEqualTo(before);
    assertThat(Files.readAllBytes(lost)).isEqualTo(bytes);
    RgbImage sheet = new RgbImageReader().read(out.resolve("contact-sheet-1.png"));
    assertThat(sheet.width()).isGreaterThan(3 * 160);
    assertThat(sheet.height()).isBetween(2 * 160, 3 * 160);
  }

  @Test
  void namesFollowThePattern() throws IOException {
    String[] options = {"--prompt", "a b", "--size", "4x6", "--steps", "1"};
    String[] all = Arrays.copyOf(options, 8);
    all[6] = "--name";
    all[7] = "{index} {prompt}_{seed}-{width}x{height}";
    assertThat(generate(all).status()).isZero();
    assertThat(files()).containsExactly("00001 a-b_0-4x6.png");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../x", "a/b", "a\\b", "{what}", "{", "", ".x", "a:b", "a\nb", "C:", "{prompt}*"})
  void namesThatLeaveTheFolderOrAreNoneAreRefused(String name) throws IOException {
    RapdTest.refused(generate("--prompt", "a", "--name", name), "--name");
    assertThat(files()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"prompt\": 3}|line 1: expected a text \"prompt\", found 3",
        "{\"seed\": 3}|line 1: expected a text \"prompt\", found none",
        "{\"prompt\": \"a\", \"sede\": 3}|found \"sede\"",
        "{\"prompt\": \"a\", \"seed\": 1.5}|integer \"seed\"",
        "{\"prompt\": \"a\", \"seed\": 9223372036854775808}|integer \"seed\"",
        "{\"prompt\": \"a\", \"size\": \"0\"}|size: expected 1 to",
        "{\"prompt\": \"a\", \"size\": []}|\"size\" such as",
        "{\"prompt\": \"a\"} x|expected a prompt or a JSON object",
        "{nothing|expected a prompt or a JSON object"
      })
  void badLinesAreRefused(String line, String words) throws IOException {
    RapdTest.refused(generate("--prompts", prompts(line)), words);
    assertThat(files()).isEmpty();
  }

  @Test
  void optionsThatDoNotFitTogetherAreRefused() throws IOException {
    RapdTest.refused(generate(), "expected --prompt, --prompts or --from");
    String file = prompts("cat", "dog");
    RapdTest.refused(generate("--prompts", file, "--prompt", "a"), "--prompts cannot be combined");
    RapdTest.refused(generate("--prompts", file, "--count", "0"), "--count must be at least 1");
    RapdTest.refused(generate("--prompts", file, "--name", "x"), "two images would be named x.png");
    RapdTest.refused(generate("--prompts", shared + "/none"), "expected a readable file");
    Path latin =
        Files.write(shared.resolve("latin"), "\u00e9".getBytes(StandardCharsets.ISO_8859_1));
    RapdTest.refused(generate("--prompts", latin.toString()), "expected a text file in UTF-8");
    String last = Long.toString(Long.MAX_VALUE);
    RapdTest.refused(
        generate("--prompt", "a", "--seed", last, "--count", "2"), "beyond the largest seed");
    RapdTest.refused(generate("--prompt", "a", "--strength", "1"), "--strength needs --image");
    RapdTest.refused(generate("--prompt", "a", "--mask", "x"), "--mask needs --image");
    RapdTest.refused(generate("--prompt", "a", "--frames", "3"), "several --prompt or --seed");
    RapdTest.refused(
        generate("--prompts", file, "--frames", "3", "--resume"), "cannot be combined");
    RapdTest.refused(generate("--prompts", file, "--frames", "3", "--name", "x"), "add {index}");
    RapdTest.refused(generate("--prompts", file, "--frames", "1"), "--frames must be 2 to 100000");
    assertThat(files()).isEmpty();
  }

  @Test
  void anImageIsEditedAndItsMaskKept() throws IOException {
    String image = image("waves.png", waves(20, 30));
    float[] black = new float[3 * 20 * 30];
    Arrays.fill(black, -1);
    String none = image("none.png", new RgbImage(20, 30, black));
    String[] base = {"--prompt", "cat", "--size", "16", "--steps", "2", "--image", image};
    Invocation call = generate(base);
    assertThat(call.status()).isZero();
    assertThat(call.err()).isEqualTo(image + ": is 30x20; its centre, 20x20, is edited\n");
    byte[] changed = Files.readAllBytes(out.resolve("cat_seed-0_16x16.png"));
    String[] kept = Arrays.copyOf(base, 10);
    kept[8] = "--mask";
    kept[9] = none;
    assertThat(generate(kept).status()).isZero();
    byte[] same = Files.readAllBytes(out.resolve("cat_seed-0_16x16.png"));
    assertThat(same).isNotEqualTo(changed);
    kept[1] = "dog";
    assertThat(generate(kept).status()).isZero();
    // Where everything is kept, the prompt has no effect.
    RgbImage cat = new RgbImageReader().read(same, "cat");
    RgbImage dog = new RgbImageReader().read(out.resolve("dog_seed-0_16x16.png"));
    assertThat(dog.planes())
        .containsExactly(cat.planes(), org.assertj.core.api.Assertions.within(0.01f));
  }

  @Test
  void badEditsAreRefused() throws IOException {
    String image = image("waves.png", waves(20, 30));
    String small = image("small.png", waves(20, 29));
    for (String strength : List.of("0", "-1", "1.01", "NaN")) {
      RapdTest.refused(
          generate("--prompt", "a", "--image", image, "--strength", strength),
          "strength must be greater than 0 and at most 1");
    }
    RapdTest.refused(
        generate("--prompt", "a", "--image", image, "--mask", small),
        small + ": expected the size of " + image + ", 30x20, found 29x20");
    RapdTest.refused(generate("--prompt", "a", "--image", "nowhere.png"), "nowhere.png");
    RapdTest.refused(
        generate("--prompt", "a", "--image", image, "--mask-blur", "2"), "needs --mask");
    assertThat(files()).isEmpty();
  }

  @Test
  void framesMoveFromOnePromptToTheNext() throws IOException {
    String[] frames = {
      "--prompt", "cat", "--prompt", "dog", "--frames", "5", "--size", "8", "--steps", "1"
    };
    assertThat(generate(frames).err()).isEmpty();
    assertThat(files())
        .hasSize(5)
        .startsWith("frame-00001_8x8.png")
        .endsWith("frame-00005_8x8.png");
    generate("--prompt", "dog", "--size", "8", "--steps", "1");
    RgbImageReader reader = new RgbImageReader();
    assertThat(reader.read(out.resolve("frame-00005_8x8.png")).planes())
        .containsExactly(
            reader.read(out.resolve("dog_seed-0_8x8.png")).planes(),
            org.assertj.core.api.Assertions.within(0.01f));
  }
}
