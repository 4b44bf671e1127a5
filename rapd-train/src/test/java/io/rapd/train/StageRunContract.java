package io.rapd.train;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.train.data.DataException;
import io.rapd.train.data.ImageFiles;
import io.rapd.train.data.TarFiles;
import io.rapd.train.loop.GradientExchange;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What holds of the runs of both stages: six steps, checkpoints at 3 and 6, previews at 2, 4, 6.
 */
public abstract class StageRunContract {
  private static final Path STATUS = Path.of("/proc/self/status");

  @RegisterExtension protected final CapturedStreams streams = new CapturedStreams();
  @TempDir protected Path folder;
  protected Path images;
  private Path out;

  @BeforeEach
  void writeImages() {
    images = TinyImages.write(folder.resolve("images"));
    out = folder.resolve("run");
  }

  /** Trains the tiny configuration; returns the model. */
  protected abstract Path train(
      Path out, boolean resume, GradientExchange exchange, String... overrides);

  private Path train(Path out, boolean resume, String... overrides) {
    return train(out, resume, GradientExchange.identity(), overrides);
  }

  /** Counts the calls, one a step, and fails at one of them. */
  private static GradientExchange interruptedAt(int call) {
    int[] calls = {0};
    return gradients -> {
      if (++calls[0] == call) {
        throw new AssertionError("interrupted"); // a crash: nothing is saved
      }
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void resumedRunEqualsUninterruptedRun(int workers) {
    String setting = "loop.workers=" + workers;
    Path whole = train(out, false, setting);
    Path parts = folder.resolve("parts");
    assertThatThrownBy(() -> train(parts, false, interruptedAt(5), setting))
        .hasMessage("interrupted");
    assertThat(new RunFolder(parts).metrics())
        .last()
        .matches(line -> line.get("step").asInt() == 4);
    // A thread of its own, on which the engine records gradients unless it is told not to.
    Path model =
        CompletableFuture.supplyAsync(
                () -> train(parts, true, setting), Executors.newSingleThreadExecutor())
            .join();
    Map<String, String> resumed = RunFolder.contents(new RunFolder(parts).checkpoint(6));
    assertThat(resumed).isEqualTo(RunFolder.contents(new RunFolder(out).checkpoint(6)));
    assertThat(resumed.keySet())
        .contains("model.safetensors", "average.safetensors", "optimizer.safetensors");
    assertThat(RunFolder.contents(model)).isEqualTo(RunFolder.contents(whole));
    List<JsonNode> metrics = new RunFolder(out).metrics();
    assertThat(metrics).hasSizeGreaterThanOrEqualTo(6);
    assertThat(new RunFolder(parts).metrics()).isEqualTo(metrics);
    assertThat(RunFolder.contents(parts.resolve("previews")).keySet())
        .containsExactly("step-00000002.png", "step-00000004.png", "step-00000006.png");
    assertThat(RunFolder.contents(parts.resolve("previews")))
        .isEqualTo(RunFolder.contents(out.resolve("previews")));
  }

  private Path writeShards(String name) throws IOException {
    Path shards = Files.createDirectory(folder.resolve(name));
    for (int shard = 0; shard < 2; shard++) {
      TarFiles tar = new TarFiles();
      for (int i = shard; i < 6; i += 2) {
        tar.put(i + ".png", Files.readAllBytes(images.resolve("image" + i + ".png")))
            .put(i + ".txt", Files.readAllBytes(images.resolve("image" + i + ".txt")));
      }
      Files.write(shards.resolve(shard + ".tar"), tar.bytes());
    }
    return shards;
  }

  private static String source(Path shards) {
    return message("data.stream.sources=[{\"location\": \"%s\", \"weight\": 0.5}]", shards);
  }

  /**
   * Two sets that lie elsewhere after the resume, more threads than before, and an end in the
   * middle of an epoch.
   */
  @Test
  void aStreamedRunResumesToTheSameWeights() throws IOException {
    Path first = writeShards("first");
    Path second = writeShards("second");
    List<String> streamed =
        new ArrayList<>(
            List.of(
                "data.location=" + first,
                source(second),
                "data.stream.streams=1",
                "data.stream.shuffleBuffer=2",
                "data.resize.crop=random"));
    streamed.addAll(perSample());
    train(out, false, streamed.toArray(String[]::new));
    Path parts = folder.resolve("parts");
    assertThatThrownBy(() -> train(parts, false, interruptedAt(5), streamed.toArray(String[]::new)))
        .hasMessage("interrupted");
    Path moved = folder.resolve("moved");
    Files.move(first, moved);
    Files.move(second, folder.resolve("moved-too"));
    streamed.addAll(
        List.of(
            "data.location=" + moved,
            source(folder.resolve("moved-too")),
            "data.stream.threads=3"));
    train(parts, true, streamed.toArray(String[]::new));
    Map<String, String> whole = RunFolder.contents(new RunFolder(out).checkpoint(6));
    Map<String, String> resumed = RunFolder.contents(new RunFolder(parts).checkpoint(6));
    for (String file : List.of("model.safetensors", "optimizer.safetensors", "data.json")) {
      assertThat(resumed.get(file)).as(file).isNotNull().isEqualTo(whole.get(file));
    }
    assertThat(new RunFolder(parts).metrics()).isEqualTo(new RunFolder(out).metrics());
    streamed.add("loop.steps=7");
    Files.move(moved.resolve("1.tar"), moved.resolve("2.tar"));
    assertThatThrownBy(() -> train(parts, true, streamed.toArray(String[]::new)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the shards of the data set have changed")
        .hasMessageContaining(moved.toString());
  }

  /** What a stage can draw per sample. */
  protected List<String> perSample() {
    return List.of();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void stepLeavesNoArraysBehind(int workers) {
    List<Integer> arrays = new ArrayList<>();
    train(
        out,
        false,
        gradients -> {
          NDArray first = gradients.values().iterator().next();
          NDManager manager = first.getManager();
          while (manager.getParentManager().getParentManager() != null) {
            manager = manager.getParentManager();
          }
          arrays.add(manager.getManagedArrays().size());
        },
        "loop.steps=12",
        "loop.workers=" + workers);
    assertThat(arrays).hasSize(12).doesNotContain(0);
    assertThat(arrays.subList(1, 12)).containsOnly(arrays.get(1));
  }

  /** A truncated image, a blank caption and one that is not UTF-8, beside six sound samples. */
  private void addUnreadable() throws IOException {
    byte[] png = ImageFiles.png(30, 30, 0x808080);
    ImageFiles.write(images, "truncated", Arrays.copyOf(png, png.length / 2), "a grey square");
    ImageFiles.write(images, "blank", png, " ");
    ImageFiles.write(images, "latin", png, "-");
    Files.write(images.resolve("latin.txt"), new byte[] {'c', 'a', 'f', (byte) 0xe9});
  }

  /** The unreadable samples among them that the stage reads. */
  protected abstract List<String> unreadable();

  @Test
  void unreadableSamplesAreReplacedListedAndTheSameInAResumedRun() throws IOException {
    addUnreadable();
    String[] overrides = {"data.maxUnreadable=0.5", "loop.steps=12", "loop.previewEvery=4"};
    Path whole = train(out, false, overrides);
    assertThat(skipped(out)).containsExactlyInAnyOrderElementsOf(unreadable());
    assertThat(streams.errors())
        .contains(
            unreadable().size()
                + " unreadable samples were skipped; see "
                + out.resolve("skipped.jsonl"));
    Path parts = folder.resolve("parts");
    assertThatThrownBy(() -> train(parts, false, interruptedAt(8), overrides))
        .hasMessage("interrupted");
    Path resumed = train(parts, true, overrides);
    assertThat(RunFolder.contents(resumed)).isEqualTo(RunFolder.contents(whole));
    assertThat(new RunFolder(parts).metrics()).isEqualTo(new RunFolder(out).metrics());
    assertThat(skipped(parts)).containsExactlyInAnyOrderElementsOf(unreadable());
  }

  private static List<String> skipped(Path out) throws IOException {
    List<String> samples = new ArrayList<>();
    for (String line : Files.readAllLines(out.resolve("skipped.jsonl"))) {
      JsonNode entry = new ObjectMapper().readTree(line);
      assertThat(entry.get("reason").asText()).contains(entry.get("sample").asText());
      samples.add(entry.get("sample").asText());
    }
    return samples;
  }

  @Test
  void moreUnreadableSamplesThanStatedStopTheRunWithACheckpoint() throws IOException {
    addUnreadable();
    train(out, false, "loop.steps=2", "loop.previewEvery=0", "data.maxUnreadable=0.5");
    Files.deleteIfExists(out.resolve("skipped.jsonl"));
    String[] overrides = {"loop.steps=20", "loop.previewEvery=0", "data.maxUnreadable=0"};
    assertThatThrownBy(() -> train(out, true, overrides))
        .isInstanceOf(DataException.class)
        .hasMessage(
            out.resolve("skipped.jsonl")
                + ": 1 of 9 samples cannot be read, more than data.maxUnreadable (0.0) allows");
    assertThat(skipped(out)).isNotEmpty();
    assertThat(train(out, true, "loop.steps=20", "data.maxUnreadable=0.5")).isDirectory();
  }

  @Test
  void anExistingRunIsRefusedAndUnharmed() {
    train(out, false);
    Map<String, String> before = RunFolder.contents(out);
    assertThatThrownBy(() -> train(out, false))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "%s: holds step-00000006 of an earlier run; say --resume to go on, or choose another"
                + " --out",
            out);
    assertThatThrownBy(() -> train(out, true, "optimizer.beta1=0.8"))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "%s: is of another configuration: optimizer.beta1 is 0.9 there and 0.8 here",
            new RunFolder(out).checkpoint(6));
    assertThat(RunFolder.contents(out)).isEqualTo(before);
  }

  @Test
  void aTruncatedCheckpointIsRefusedByName() throws IOException {
    train(out, false, "loop.previewEvery=0");
    Path weights = new RunFolder(out).checkpoint(6).resolve("model.safetensors");
    try (FileChannel channel = FileChannel.open(weights, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() / 2);
    }
    Map<String, String> before = RunFolder.contents(out);
    assertThatThrownBy(() -> train(out, true, "loop.previewEvery=0", "loop.steps=9"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(weights.toString());
    before.remove("config.json"); // of the run; says nine steps now
    assertThat(RunFolder.contents(out)).containsAllEntriesOf(before);
  }

  @Test
  void aGradientThatIsNotFiniteStopsBeforeTheUpdate() {
    int[] step = {0};
    GradientExchange broken =
        gradients -> {
          if (++step[0] == 5) {
            gradients.values().iterator().next().muli(Float.POSITIVE_INFINITY);
          }
        };
    assertThatThrownBy(() -> train(out, false, broken))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageMatching("step 5: gradient norm is (NaN|Infinity); stopped before the update");
    assertThat(out.resolve("model")).doesNotExist();
    assertThat(out.resolve("checkpoints"))
        .isDirectoryContaining(path -> path.endsWith("step-00000003"));
    assertThat(new RunFolder(out).checkpoint(6)).doesNotExist();
    assertThat(train(out, true)).isDirectory();
  }

  @Test
  void aFolderThatCannotBeWrittenIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "kept");
    for (Path bad : List.of(file, file.resolve("below"))) {
      assertThatThrownBy(() -> train(bad, false))
          .isInstanceOf(CheckpointException.class)
          .hasMessageStartingWith(bad + ": cannot be created: ");
    }
    assertThat(file).hasContent("kept");
  }

  @Test
  void aFolderOfSomethingElseIsNotOverwritten() throws IOException {
    Files.createDirectories(out);
    Path config = Files.writeString(out.resolve("config.json"), "{\"model_type\": \"dinov2\"}");
    for (boolean resume : new boolean[] {false, true}) {
      assertThatThrownBy(() -> train(out, resume))
          .isInstanceOf(CheckpointException.class)
          .hasMessage(config + ": is not of a training run; choose another --out, or remove it");
    }
    assertThat(RunFolder.contents(out)).hasSize(1);
    assertThat(config).hasContent("{\"model_type\": \"dinov2\"}");
  }

  /** Overrides that make the arrays of a step large beside everything else. */
  protected abstract List<String> largeSteps();

  /** Arrays that no manager knows would show here: a step's latents alone have 2 MiB. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void residentMemoryDoesNotGrowWithTheSteps(int workers) {
    Assumptions.assumeTrue(Files.exists(STATUS), "resident memory is read as Linux tells it");
    List<Long> resident = new ArrayList<>();
    List<String> overrides = new ArrayList<>(largeSteps());
    overrides.add("loop.workers=" + workers);
    overrides.addAll(List.of("loop.steps=45", "loop.checkpointEvery=45", "loop.previewEvery=10"));
    train(
        out,
        false,
        gradients -> {
          System.gc(); // Java's own buffers are not what is looked for.
          resident.add(residentMemory());
        },
        overrides.toArray(new String[0]));
    assertThat(resident).hasSize(45);
    assertThat(median(resident.subList(35, 45)) - median(resident.subList(15, 25)))
        .isLessThan(15L << 20);
  }

  private static long median(List<Long> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }

  /** VmRSS in bytes. */
  private static long residentMemory() {
    try (var lines = Files.lines(STATUS)) {
      return lines
              .filter(line -> line.startsWith("VmRSS:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .findFirst()
              .orElseThrow()
          << 10;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aMovedSetIsResumedAndAnotherOneRefused() throws IOException {
    train(out, false, "loop.previewEvery=0");
    Path moved = TinyImages.write(folder.resolve("moved"));
    String[] longer = {"loop.steps=8", "loop.previewEvery=0", "data.location=" + moved};
    assertThat(train(out, true, longer)).isDirectory();
    assertThat(Files.readString(out.resolve("changes.jsonl")))
        .contains("\"field\":\"data.location\"", "\"field\":\"loop.steps\"");
    Files.move(moved.resolve("image1.png"), moved.resolve("other.png"));
    Files.move(moved.resolve("image1.txt"), moved.resolve("other.txt"));
    assertThatThrownBy(() -> train(out, true, longer))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(": was trained with the data ")
        .hasMessageContaining("6 samples, keys sha256 ");
  }

  @Test
  void aBatchLargerThanTheSetIsRefused() {
    assertThatThrownBy(() -> train(out, false, "loop.batchSize=7"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "loop.batchSize (7) must not exceed the number of training samples in %s, 6", images);
    assertThat(out).doesNotExist();
  }

  @Test
  void aScheduleShorterThanItsWarmupIsRefused() {
    assertThatThrownBy(() -> train(out, false, "optimizer.warmupSteps=7"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("loop.steps (6) must be at least optimizer.warmupSteps (7)");
  }

  @Test
  void checkpointsWrittenInTheBackgroundEqualThoseTheStepWaitsFor() {
    train(out, false, "loop.previewEvery=0", "loop.checkpointEvery=1", "loop.keepCheckpoints=9");
    Path waiting = folder.resolve("waiting");
    train(
        waiting,
        false,
        "loop.previewEvery=0",
        "loop.checkpointEvery=1",
        "loop.keepCheckpoints=9",
        "loop.backgroundCheckpoints=false");
    for (int step = 1; step <= 6; step++) {
      Map<String, String> one = RunFolder.contents(new RunFolder(out).checkpoint(step));
      Map<String, String> other = RunFolder.contents(new RunFolder(waiting).checkpoint(step));
      for (String stem : List.of("model", "average", "optimizer")) {
        String file = stem + ".safetensors";
        assertThat(one.get(file)).as(file).isNotNull().isEqualTo(other.get(file));
      }
    }
  }
}
