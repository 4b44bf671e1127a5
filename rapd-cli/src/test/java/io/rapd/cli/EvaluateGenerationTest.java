package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.core.torch.TorchScriptFile;
import io.rapd.infer.ImageField;
import io.rapd.infer.RandomModel;
import io.rapd.infer.TextToImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateGenerationTest {
  private static final List<String> CAPTIONS = List.of("red apple", "blue cat", "green tree");

  @TempDir private Path folder;
  private Path model;
  private Path data;
  private Path out;

  /** A set that holds what the model draws for seeds 0, 1 and 2, and another image. */
  @BeforeEach
  void write() throws IOException {
    model = RandomModel.textToImage(folder.resolve("model"));
    data = folder.resolve("data");
    out = folder.resolve("out");
    try (TextToImage loaded = TextToImage.load(model)) {
      for (int i = 0; i < CAPTIONS.size(); i++) {
        try (ImageField field = loaded.generate(CAPTIONS.get(i), loaded.defaults().withSeed(i))) {
          put("k" + i, CAPTIONS.get(i), field.renderAtResolution(32, 32));
        }
      }
    }
    put("other", "nothing", new RgbImage(32, 32, new float[3 * 32 * 32]));
  }

  private void put(String key, String caption, RgbImage image) throws IOException {
    new RgbImageWriter().writePng(image, data.resolve(key + ".png"));
    Files.writeString(data.resolve(key + ".txt"), caption + "\n");
  }

  private Invocation evaluate(String... arguments) {
    List<String> all = new ArrayList<>(List.of("evaluate", "generation", "--model"));
    all.addAll(List.of(model.toString(), "--data", data.toString(), "--out", out.toString()));
    all.addAll(List.of("--size", "32", "--split", "all", "--trained-on", "all"));
    all.addAll(List.of(arguments));
    return Invocation.of(all.toArray(new String[0]));
  }

  @Test
  void whatWasLearntByHeartIsFoundAndACallContinuesTheLast() throws IOException {
    String[] keys = {"--keys", "k|other"};
    Invocation first = evaluate(keys);
    assertThat(first.status()).as(first.err()).isZero();
    List<String> lines = Files.readAllLines(out.resolve("values.jsonl"));
    assertThat(lines).hasSize(1 + 4);
    for (int i = 0; i < 3; i++) {
      assertThat(lines.get(1 + i))
          .contains("\"caption\":\"" + CAPTIONS.get(i) + "\",\"seed\":" + i)
          .contains("\"pixels\":{\"nearest\":\"k" + i + "\"", "\"rank\":1");
      RgbImage drawn = new RgbImageReader().read(out.resolve("images/0000" + i + ".png"));
      assertThat(drawn).isEqualTo(new RgbImageReader().read(data.resolve("k" + i + ".png")));
    }
    assertThat(first.out()).contains("| pixels | 4 | 4 | ", "for want of an InceptionV3 file");
    assertThat(Files.readString(out.resolve("report.html")))
        .contains("<svg", "base64,iVBOR", "nearer than the original");
    assertThat(Files.readAllLines(out.resolve("images.csv"))).hasSize(1 + 4);

    Files.delete(out.resolve("images/00001.png"));
    Files.writeString(
        out.resolve("values.jsonl"), String.join("\n", lines.subList(0, 4)) + "\n{\"numb");
    Invocation again = evaluate(keys);
    assertThat(again.out()).isEqualTo(first.out());
    assertThat(Files.readAllLines(out.resolve("values.jsonl"))).containsAll(lines);
    assertThat(out.resolve("images/00001.png")).exists();
    RapdTest.refused(evaluate("--keys", "k|other", "--seed", "7"), "choose another --out");
  }

  @Test
  void withInceptionTheFrechetDistanceIsMeasured() throws IOException {
    Path network =
        TorchScriptFile.write(folder.resolve("inception.pt"), EvaluateFrechetTest.NETWORK);
    Invocation call =
        evaluate("--inception", network.toString(), "--patch", "16", "--captions", "3");
    assertThat(call.status()).as(call.err()).isZero();
    assertThat(call.out())
        .contains("| whole images | generated | the set | 3 | 4 |")
        .contains("| patches of 16 | generated | the set | 12 | 16 |")
        .contains("generated: 3 feature vectors for 8 dimensions: the covariance is singular");
    assertThat(out.resolve("frechet.csv")).exists();
    assertThat(Files.readString(out.resolve("report.html")))
        .contains("Inception SHA-256", "class=warning");
  }

  @Test
  void badInputIsToldInOneLine() throws IOException {
    RapdTest.refused(evaluate("--keys", "zzz"), "keys in which \"zzz\" is found, found none");
    RapdTest.refused(evaluate("--keys", "("), "Invalid value for option '--keys'");
    RapdTest.refused(evaluate("--keys", "k0"), "expected images of two captions at least");
    RapdTest.refused(evaluate("--captions", "0"), "the number of captions must be positive");
    RapdTest.refused(evaluate("--pool", "3"), "divisible into 3 x 3 cells, got 16 x 16");
    Path missing = folder.resolve("none.pt");
    RapdTest.refused(evaluate("--inception", missing.toString()), "expected a TorchScript file");
    Files.writeString(data.resolve("k1.txt"), " ");
    RapdTest.refused(evaluate(), "k1.txt");
  }
}
