package io.rapd.eval.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.eval.benchmark.SampleFolder.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchmarksTest {
  private static final String BENCH =
      "{\"tag\": \"single_object\", \"include\": [{\"class\": \"bench\", \"count\": 1}],"
          + " \"prompt\": \"a photo of a bench\"}\n";
  private static final List<Long> SEEDS = List.of(7L, 8L, 9L, 10L);

  @TempDir private Path folder;

  private Path file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static List<RgbImage> images() {
    return IntStream.range(0, 4)
        .mapToObj(
            i -> {
              byte[] rgb = new byte[2 * 3 * 3];
              java.util.Arrays.fill(rgb, (byte) (10 * (i + 1)));
              return RgbImage.fromRgbBytes(2, 3, rgb);
            })
        .toList();
  }

  private List<String> written(Path root) throws IOException {
    try (Stream<Path> walk = Files.walk(root)) {
      return walk.filter(Files::isRegularFile)
          .map(file -> root.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  @Test
  void genEvalFoldersAreThoseOfItsScorer() throws IOException {
    List<BenchmarkPrompt> prompts = GenEval.prompts(file("p.jsonl", BENCH + "\n" + BENCH));
    assertThat(prompts).extracting(BenchmarkPrompt::name).containsExactly("00000", "00001");
    SampleFolder samples = new SampleFolder(folder.resolve("g"), Layout.GENEVAL);
    assertThat(samples.holds(prompts.get(1), SEEDS)).isFalse();
    samples.write(prompts.get(1), SEEDS, images());
    assertThat(samples.holds(prompts.get(1), SEEDS)).isTrue();
    assertThat(written(folder.resolve("g")))
        .containsExactly(
            "00001/metadata.jsonl",
            "00001/samples/0000.png",
            "00001/samples/0001.png",
            "00001/samples/0002.png",
            "00001/samples/0003.png");
    assertThat(Files.readString(folder.resolve("g/00001/metadata.jsonl")))
        .isEqualTo(BENCH.replace(": ", ":").replace(", \"", ",\"").strip());
    SampleFolder flat = new SampleFolder(folder.resolve("f"), Layout.GENEVAL_FLAT);
    flat.write(prompts.get(0), SEEDS.subList(0, 1), images().subList(0, 1));
    assertThat(written(folder.resolve("f")))
        .containsExactly("00000/metadata.jsonl", "00000/samples/7.png");
  }

  @Test
  void dpgImagesAreGridsThatItsScorerCuts() throws IOException {
    Files.createDirectories(folder.resolve("prompts"));
    file("prompts/partiprompts1.txt", "a red\n cube \n");
    List<BenchmarkPrompt> prompts = DpgBench.prompts(folder.resolve("prompts"));
    assertThat(prompts).containsExactly(new BenchmarkPrompt("partiprompts1", "a red cube", ""));
    SampleFolder samples = new SampleFolder(folder.resolve("d"), Layout.DPG);
    samples.write(prompts.get(0), SEEDS, images());
    assertThat(written(folder.resolve("d"))).containsExactly("partiprompts1.png");
    RgbImage grid = new RgbImageReader().read(folder.resolve("d/partiprompts1.png"));
    assertThat(List.of(grid.height(), grid.width())).containsExactly(4, 6);
    for (int i = 0; i < 4; i++) {
      int top = i / 2 * 2;
      int left = i % 2 * 3;
      assertThat(grid.crop(top, left, 2, 3)).isEqualTo(images().get(i));
    }
    SampleFolder flat = new SampleFolder(folder.resolve("f"), Layout.DPG_FLAT);
    flat.write(prompts.get(0), SEEDS.subList(0, 2), images().subList(0, 2));
    assertThat(written(folder.resolve("f")))
        .containsExactly("partiprompts1_7.png", "partiprompts1_8.png");
  }

  @Test
  void badPromptsAreRefusedByLine() throws IOException {
    String noPrompt = "{\"tag\": \"colors\", \"include\": []}\n";
    assertThatThrownBy(() -> GenEval.prompts(file("p.jsonl", BENCH + noPrompt)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith("p.jsonl: line 2: expected a text \"prompt\", found none");
    for (String text : List.of("", "[]", "no json", BENCH.replace("include", "exclude"))) {
      assertThatThrownBy(() -> GenEval.prompts(file("q.jsonl", text)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("q.jsonl: ");
    }
    assertThatThrownBy(() -> GenEval.prompts(folder.resolve("none.jsonl")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("none.jsonl: expected a readable text file");
    Files.createDirectories(folder.resolve("empty"));
    assertThatThrownBy(() -> DpgBench.prompts(folder.resolve("empty")))
        .hasMessageContaining("empty: expected prompts, NAME.txt each, found none");
    file("empty/a.b.txt", "text");
    assertThatThrownBy(() -> DpgBench.prompts(folder.resolve("empty")))
        .hasMessageContaining("expected a name without dots");
  }

  /** Three tasks of 1/2, 1/1 and 0/1: their mean is 50 %, of the images 2 of 4 are correct. */
  @Test
  void genEvalScoresAreThoseOfItsSummary() throws IOException {
    String row = "{\"tag\":\"%s\",\"correct\":%s,\"metadata\":\"%s\",\"filename\":\"x\"}\n";
    String text =
        String.format(java.util.Locale.ROOT, row, "colors", "true", "a")
            + String.format(java.util.Locale.ROOT, row, "colors", "false", "a")
            + String.format(java.util.Locale.ROOT, row, "single_object", "true", "b")
            + String.format(java.util.Locale.ROOT, row, "counting", "false", "c");
    var scores = GenEval.scores(file("results.jsonl", text));
    assertThat(scores.keySet())
        .containsExactly("single object", "counting", "colors", "overall", "images", "prompts");
    assertThat(scores).containsEntry("colors", 50.0).containsEntry("overall", 50.0);
    assertThat(scores).containsEntry("images", 50.0);
    assertThat(scores.get("prompts")).isCloseTo(200.0 / 3, Offset.offset(1e-9));
    assertThatThrownBy(() -> GenEval.scores(file("r.jsonl", BENCH)))
        .hasMessageContaining("r.jsonl: line 1: expected a text \"metadata\", found none");
  }

  @Test
  void dpgScoresAreTheLastSummaryOfItsScorer() throws IOException {
    String summary =
        "Model: m\nL1 category scores:\n\tentity: %s\n\tother: 12.5\nL2 category scores:\n"
            + "\tentity - whole: 3.0\nImage path: p\nSave results to: r\nDPG-Bench score: 81.6\n";
    String text =
        "d/a.png, 1.0, 0.5, 0.75\n" + summary.replace("%s", "1") + summary.replace("%s", "88.25");
    assertThat(DpgBench.scores(file("results.txt", text)))
        .containsExactly(
            java.util.Map.entry("entity", 88.25),
            java.util.Map.entry("other", 12.5),
            java.util.Map.entry("average", 81.6));
    assertThatThrownBy(() -> DpgBench.scores(file("r.txt", BENCH)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("r.txt: expected \"L1 category scores:\"");
  }

  @Test
  void aFolderOfOtherSeedsIsNotContinued() throws IOException {
    List<BenchmarkPrompt> prompts = GenEval.prompts(file("p.jsonl", BENCH));
    Path seeds = folder.resolve("seeds.csv");
    SampleFolder.recordSeeds(seeds, "m", prompts, SEEDS);
    SampleFolder.recordSeeds(seeds, "m", prompts, SEEDS);
    assertThat(Files.readAllLines(seeds)).contains("00000,3,10,\"a photo of a bench\"");
    assertThatThrownBy(() -> SampleFolder.recordSeeds(seeds, "m", prompts, List.of(1L)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("choose another --out");
  }
}
