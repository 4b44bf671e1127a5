package io.rapd.train.ranks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.checkpoint.SafetensorsFile;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.train.CapturedStreams;
import io.rapd.train.RunFolder;
import io.rapd.train.ThreadRanks;
import io.rapd.train.TinyImages;
import io.rapd.train.TinyStage1;
import io.rapd.train.TinyStage2;
import io.rapd.train.data.TarFiles;
import io.rapd.train.loop.Ranks;
import io.rapd.train.stage1.Stage1Training;
import io.rapd.train.stage2.Stage2Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several ranks against one process: the same losses, the same weights but for rounding. */
class RanksTest {
  /** Of a loss; sums are in another order. */
  private static final double ROUNDING = 2e-6;

  /** Of a weight after six steps: Adam's first steps turn rounding of tiny gradients into steps. */
  private static final double DRIFT = 2e-3;

  @RegisterExtension private final CapturedStreams streams = new CapturedStreams();
  @TempDir private Path folder;
  private Path images;
  private Path field;

  @BeforeEach
  void write() {
    images = TinyImages.write(folder.resolve("images"));
    field = TinyStage1.writeField(folder.resolve("field"));
  }

  private Path stage1(Ranks ranks, Path out, boolean resume, String... overrides) {
    return new Stage1Training(TinyStage1.config(images, overrides), Device.cpu(), ranks)
        .run(out, resume);
  }

  private Path stage2(Ranks ranks, Path out, boolean resume, String... overrides) {
    return new Stage2Training(TinyStage2.config(images, field, overrides), Device.cpu(), ranks)
        .run(out, resume);
  }

  static void assertSame(Path one, Path several) {
    List<JsonNode> expected = new RunFolder(one).metrics();
    List<JsonNode> metrics = new RunFolder(several).metrics();
    assertThat(metrics).hasSameSizeAs(expected);
    assertThat(metrics.get(0).path("loss").asDouble())
        .isCloseTo(expected.get(0).path("loss").asDouble(), within(ROUNDING));
    for (int i = 0; i < metrics.size(); i++) {
      assertThat(metrics.get(i).path("loss").asDouble())
          .isCloseTo(expected.get(i).path("loss").asDouble(), within(DRIFT));
    }
    try (NDManager manager = NativeRuntime.newManager(Device.cpu());
        SafetensorsFile first = weights(one);
        SafetensorsFile second = weights(several)) {
      for (String name : first.names()) {
        float[] values = first.read(name, manager).toFloatArray();
        float[] others = second.read(name, manager).toFloatArray();
        for (int i = 0; i < values.length; i++) {
          assertThat(others[i]).as(name).isCloseTo(values[i], within((float) DRIFT));
        }
      }
    }
  }

  private static SafetensorsFile weights(Path run) {
    return SafetensorsFile.open(new RunFolder(run).checkpoint(6).resolve("model.safetensors"));
  }

  @ParameterizedTest
  @CsvSource({"2, torch, 1", "4, java, 2", "3, torch, 1"})
  void stage2FollowsOneProcess(int count, String generator, int microBatch) {
    String[] overrides = {"generator=" + generator, "microBatch=" + microBatch};
    Path one = folder.resolve("one");
    stage2(Ranks.alone(), one, false, overrides);
    Path several = folder.resolve("several");
    ThreadRanks.run(count, ranks -> stage2(ranks, several, false, overrides));
    assertSame(one, several);
    assertThat(new RunFolder(several).metrics().get(0).path("ranks").asInt()).isEqualTo(count);
  }

  @ParameterizedTest
  @CsvSource({"2, 0", "3, 2"})
  void stage1FollowsOneProcess(int count, int scaleGroup) {
    String group = "crop.scaleGroup=" + scaleGroup;
    Path one = folder.resolve("one");
    stage1(Ranks.alone(), one, false, group);
    Path several = folder.resolve("several");
    ThreadRanks.run(count, ranks -> stage1(ranks, several, false, group));
    assertSame(one, several);
  }

  @Test
  void streamsAreDividedAndResumedByAnotherNumberOfRanks() throws IOException {
    Path shards = Files.createDirectory(folder.resolve("shards"));
    for (int shard = 0; shard < 4; shard++) {
      TarFiles tar = new TarFiles();
      for (int i = shard; i < 6; i += 4) {
        tar.put(i + ".png", Files.readAllBytes(images.resolve("image" + i + ".png")))
            .put(i + ".txt", Files.readAllBytes(images.resolve("image" + i + ".txt")));
      }
      Files.write(shards.resolve(shard + ".tar"), tar.bytes());
    }
    List<String> streamed =
        new ArrayList<>(
            List.of(
                "data.location=" + shards, "data.stream.streams=4", "data.stream.shuffleBuffer=2"));
    Path several = folder.resolve("several");
    List<String> half = new ArrayList<>(streamed);
    half.add("loop.steps=3");
    half.add("optimizer.finalRate=0.005"); // the rate of three steps falls as that of six does
    streamed.add("optimizer.finalRate=0.005");
    Path constant = folder.resolve("constant");
    stage2(Ranks.alone(), constant, false, streamed.toArray(String[]::new));
    ThreadRanks.run(4, ranks -> stage2(ranks, several, false, half.toArray(String[]::new)));
    ThreadRanks.run(2, ranks -> stage2(ranks, several, true, streamed.toArray(String[]::new)));
    assertSame(constant, several);
    assertThat(several.resolve("checkpoints/step-00000006/data.json"))
        .hasSameTextualContentAs(constant.resolve("checkpoints/step-00000006/data.json"));
  }

  @Test
  void differentConfigurationsAndTooManyRanksAreRefusedByAllOfThem() {
    Path out = folder.resolve("run");
    assertThatThrownBy(
            () ->
                ThreadRanks.run(
                    2,
                    ranks -> stage2(ranks, out, false, "loop.seed=" + (1 + ranks.share().index()))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the configuration of rank 1 is not rank 0's: loop.seed is 2 there and 1 here");
    assertThatThrownBy(() -> ThreadRanks.run(5, ranks -> stage2(ranks, out, false)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("loop.batchSize (4) must be at least the number of ranks, 5");
    assertThatThrownBy(
            () -> ThreadRanks.run(3, ranks -> stage2(ranks, out, false, "data.stream.streams=4")))
        .hasMessage("data.stream.streams (4) must be a multiple of the number of ranks, 3");
    assertThat(out).doesNotExist();
  }

  @Test
  void whatOneRankCannotReadEndsAll() {
    Path out = folder.resolve("run");
    assertThatThrownBy(
            () ->
                ThreadRanks.run(
                    2,
                    ranks -> {
                      Path lost = folder.resolve("lost");
                      return new Stage2Training(
                              TinyStage2.config(images, ranks.isFirst() ? field : lost),
                              Device.cpu(),
                              ranks)
                          .run(out, false);
                    }))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("the configuration of rank 1 is not rank 0's: field is ");
    Path all = folder.resolve("all");
    assertThatThrownBy(() -> ThreadRanks.run(2, ranks -> stage2(ranks, all, false, "field=" + all)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(all.toString());
  }

  @Test
  void textsOfAnyLengthAndScriptAreGathered() {
    List<String> texts = List.of("", "Zürich 東京", "x".repeat(10_000));
    assertThat(ThreadRanks.run(3, ranks -> ranks.gather(texts.get(ranks.share().index()))))
        .containsOnly(texts);
  }
}
