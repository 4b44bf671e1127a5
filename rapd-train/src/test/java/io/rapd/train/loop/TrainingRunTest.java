package io.rapd.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.annotation.JsonAlias;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Precision;
import io.rapd.train.CapturedStreams;
import io.rapd.train.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run's folder with checkpoints at steps 3 and 4, damaged in every way. */
class TrainingRunTest {
  private record Config(LoopConfig loop, OptimizerConfig optimizer) {}

  private static final Config CONFIG =
      new Config(
          new LoopConfig(9, 8, 1, 7, 1, 1, 2, 0, 0, 0, 0, true),
          new OptimizerConfig(
              0.05, 0.05, 0, 0.9, 0.95, 1e-8, 0, 1, 0.9, Precision.FLOAT32, Schedule.COSINE));

  private static final class Pair extends Module {
    final Parameter matrix = parameter("matrix", new Shape(3, 5), Initializer.xavierUniform());
    final Parameter vector = parameter("vector", new Shape(4), Initializer.ones());
  }

  @RegisterExtension final CapturedStreams streams = new CapturedStreams();
  @TempDir Path folder;
  private final NDManager manager = NDManager.newBaseManager();
  private Path newest;

  @BeforeEach
  void writeCheckpoints() {
    Pair pair = new Pair();
    TrainingRun run = open(folder, CONFIG, false);
    assertThat(run.step()).isZero();
    Optimizer optimizer = run.restoreOrInitialize(pair, CONFIG.optimizer(), 7, manager);
    for (int step = 1; step <= 4; step++) {
      run.save(Snapshot.of(pair, optimizer, step, Optional.empty()), keeping(2, 0));
    }
    newest = new RunFolder(folder).checkpoint(4);
    assertThat(run.latest()).contains(new Checkpoint(newest, 4));
    assertThat(folder.resolve("checkpoints")).isDirectoryContaining("glob:**/step-00000003");
    assertThat(new RunFolder(folder).checkpoint(2)).doesNotExist();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private static LoopConfig keeping(int newest, int every) {
    return new LoopConfig(9, 8, 1, 7, 1, 1, newest, 0, 0, 0, every, true);
  }

  private TrainingRun open(Path folder, Object config, boolean resume) {
    return open(folder, config, Map.of(), resume);
  }

  /** Closed at once: the lock is a test of its own. */
  private static TrainingRun open(
      Path folder, Object config, Map<String, Input> inputs, boolean resume) {
    try (TrainingRun run = TrainingRun.open(folder, config, inputs, resume)) {
      return run;
    }
  }

  private void resume() {
    TrainingRun run = open(folder, CONFIG, true);
    assertThat(run.step()).isPositive();
    run.restoreOrInitialize(new Pair(), CONFIG.optimizer(), 7, manager);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "config.json",
        "progress.json",
        "model.safetensors",
        "average.safetensors",
        "optimizer.safetensors"
      })
  void aDamagedFileIsNamed(String name) throws IOException {
    resume();
    Path file = newest.resolve(name);
    byte[] whole = Files.readAllBytes(file);
    for (int length : new int[] {0, 1, whole.length / 2, whole.length - 2}) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertRefusedNaming(name);
    }
    byte[] noise = whole.clone();
    Arrays.fill(noise, 0, Math.min(60, whole.length), (byte) '{');
    Files.write(file, noise);
    assertRefusedNaming(name);
    Files.delete(file);
    assertRefusedNaming(name);
    Files.write(file, whole);
    resume();
  }

  private void assertRefusedNaming(String file) {
    Map<String, String> before = RunFolder.contents(folder);
    assertThatThrownBy(this::resume)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(newest.toString())
        .hasMessageContaining(file);
    assertThat(RunFolder.contents(folder)).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"step\": 0}", "{\"step\": 1.5}", "{\"step\": \"4\"}", "{}", "[4]"})
  void aStepThatIsNoneIsRefused(String progress) throws IOException {
    Files.delete(newest.resolve("SHA256SUMS"));
    Files.writeString(newest.resolve("progress.json"), progress);
    assertThatThrownBy(this::resume)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("progress.json: field \"step\" must be a positive integer");
  }

  /** The fused update would write beyond an array that is too short. */
  @ParameterizedTest
  @ValueSource(strings = {"exp_avg.matrix", "exp_avg_sq.vector", "matrix"})
  void optimizerStateOfAnotherShapeOrTypeIsRefused(String name) throws IOException {
    Files.delete(newest.resolve("SHA256SUMS"));
    Path file =
        newest.resolve(name.contains(".") ? "optimizer.safetensors" : "average.safetensors");
    Pair pair = new Pair();
    Optimizer optimizer =
        open(folder, CONFIG, true).restoreOrInitialize(pair, CONFIG.optimizer(), 7, manager);
    Map<String, NDArray> arrays =
        new LinkedHashMap<>(name.contains(".") ? optimizer.moments() : optimizer.averages());
    NDArray good = arrays.get(name);
    arrays.put(name, manager.zeros(new Shape(2)));
    SafetensorsOutput.write(file, arrays);
    assertThatThrownBy(this::resume)
        .isInstanceOf(CheckpointException.class)
        .hasMessage("%s: tensor %s must be F32 %s, got F32 (2)", file, name, good.getShape());
    arrays.put(name, good.toType(DataType.FLOAT64, true));
    SafetensorsOutput.write(file, arrays);
    assertThatThrownBy(this::resume)
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "%s: tensor %s must be F32 %s, got F64 %s",
            file, name, good.getShape(), good.getShape());
    arrays.remove(name);
    SafetensorsOutput.write(file, arrays);
    assertThatThrownBy(this::resume)
        .isInstanceOf(CheckpointException.class)
        .hasMessage("%s: tensor %s %s is missing", file, name, good.getShape());
  }

  @Test
  void anOlderCheckpointServesWhereTheNewestIsRemoved() throws IOException {
    for (Path file : Files.list(newest).toList()) {
      Files.delete(file);
    }
    Files.delete(newest);
    assertThat(open(folder, CONFIG, true).step()).isEqualTo(3);
  }

  @Test
  void theLengthOfARunMayChangeAndNothingElse() {
    OptimizerConfig optimizer = CONFIG.optimizer();
    open(
        folder,
        new Config(new LoopConfig(99, 8, 2, 7, 3, 5, 1, 4, 2, 0, 0, true), optimizer),
        true);
    assertThatThrownBy(
            () ->
                open(
                    folder,
                    new Config(new LoopConfig(9, 8, 1, 6, 1, 1, 2, 0, 0, 0, 0, true), optimizer),
                    true))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(newest + ": is of another configuration: loop.seed is 7 there and 6 here");
    record Other(LoopConfig loop, OptimizerConfig optimizer, String teacher) {}
    assertThatThrownBy(() -> open(folder, new Other(CONFIG.loop(), optimizer, "new"), true))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(newest.resolve("config.json") + ": field \"teacher\" is missing");
  }

  @Test
  void theHolderOfALockIsToldWithoutTouchingIt() throws IOException {
    assertThat(FolderLock.holder(folder)).isEmpty();
    assertThat(FolderLock.holder(folder.resolve("absent"))).isEmpty();
    try (TrainingRun run = TrainingRun.open(folder, CONFIG, Map.of(), true)) {
      Map<String, String> before = RunFolder.contents(folder);
      assertThat(FolderLock.holder(folder))
          .get()
          .asString()
          .startsWith("process " + ProcessHandle.current().pid() + " on host ");
      assertThat(RunFolder.contents(folder)).isEqualTo(before);
      assertThat(run.step()).isEqualTo(4);
      assertThatThrownBy(() -> open(folder, CONFIG, true)).hasMessageContaining("is in use by");
    }
    assertThat(FolderLock.holder(folder)).isEmpty();
    assertThat(Files.readString(folder.resolve("run.lock"))).startsWith("process ");
  }

  @Test
  void statusTellsStepSpeedAndLosses() throws IOException {
    assertThatThrownBy(() -> RunStatus.of(folder.resolve("checkpoints")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("expected the folder of a training run");
    RunStatus fresh = RunStatus.of(folder);
    assertThat(fresh.state()).isEqualTo("stopped");
    assertThat(fresh.step()).isEqualTo(4);
    assertThat(fresh.stepsPerSecond()).isEmpty();
    Files.writeString(
        folder.resolve("metrics.jsonl"),
        """
        {"step": 4, "loss": 0.5, "learningRate": 0.1, "samplesPerSecond": 16.0, "stepSeconds": 0.5}
        {"step": 5, "psnr": 21.5}
        {"step": 5, "validationFlow": 0.75}
        {"step": 6, "loss": 0.25, "learningRate": 0.1, "samplesPerSecond": 32.0, "stepSeconds": 0.25,\
         "dataSeconds": 0.0625, "updateSeconds": 0.125, "ranks": 2.0}
        {"step": 7, "lo\
        """);
    try (TrainingRun run = TrainingRun.open(folder, CONFIG, Map.of(), true)) {
      RunStatus status = RunStatus.of(run.folder());
      assertThat(status.state()).isEqualTo("running");
      assertThat(status.step()).isEqualTo(6);
      assertThat(status.steps()).isEqualTo(9);
      assertThat(status.checkpoint()).isEqualTo(4);
      assertThat(status.stepsPerSecond()).contains(4.0);
      assertThat(status.samplesPerSecond()).contains(32.0);
      assertThat(status.secondsLeft()).contains(0.75);
      assertThat(status.losses()).isEqualTo(Map.of("loss", 0.25));
      assertThat(status.measured()).isEqualTo(Map.of("psnr", 21.5, "validationFlow", 0.75));
      assertThat(status.times()).isEqualTo(Map.of("data", 0.0625, "update", 0.125));
    }
    assertThat(RunStatus.of(folder).state()).isEqualTo("stopped");
    assertThat(RunStatus.of(folder).secondsLeft()).isEmpty();
  }

  @Test
  void aCheckpointWithFormerFieldNamesIsOfTheSameConfiguration() throws IOException {
    record Named(LoopConfig loop, OptimizerConfig optimizer, @JsonAlias("pictures") int images) {}
    Files.delete(newest.resolve("SHA256SUMS")); // as the version that had these names
    Path config = newest.resolve("config.json");
    Named named = new Named(CONFIG.loop(), CONFIG.optimizer(), 5);
    Files.writeString(config, ConfigFile.write(named).replace("images", "pictures"));
    assertThat(open(folder, named, true).step()).isEqualTo(4);
    Named other = new Named(CONFIG.loop(), CONFIG.optimizer(), 6);
    assertThatThrownBy(() -> open(folder, other, true))
        .hasMessage(newest + ": is of another configuration: images is 5 there and 6 here");
  }

  /** Copies, notes and folders whose digits are of another script. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "step-best",
        "step-notes",
        "step-\u0660\u0660\u0660\u0660\u0660\u0660\u0660\u0669",
        "step-00000009.old",
        "step-9"
      })
  void foldersThatAreNoCheckpointsAreIgnoredAndKept(String name) throws IOException {
    Path foreign = Files.createDirectory(newest.resolveSibling(name));
    for (Path file : Files.list(newest).toList()) {
      Files.copy(file, foreign.resolve(file.getFileName()));
    }
    Map<String, String> before = RunFolder.contents(foreign);
    TrainingRun run = open(folder, CONFIG, true);
    assertThat(run.step()).isEqualTo(4);
    Pair pair = new Pair();
    Optimizer optimizer = run.restoreOrInitialize(pair, CONFIG.optimizer(), 7, manager);
    run.save(Snapshot.of(pair, optimizer, 5, Optional.empty()), keeping(1, 0));
    assertThat(run.latest().map(Checkpoint::step)).contains(5L);
    assertThat(newest).doesNotExist();
    assertThat(RunFolder.contents(foreign)).isEqualTo(before);
  }

  @Test
  void aCheckpointUnderAnotherNumberIsRefusedAndKept() throws IOException {
    Path moved = Files.move(newest, new RunFolder(folder).checkpoint(8));
    assertThatThrownBy(this::resume)
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            moved.resolve("progress.json")
                + ": is of step 4, but its folder is called step-00000008");
    assertThat(moved).isDirectory();
  }

  @Test
  void aRunThatDiedBeforeItsFirstCheckpointBeginsAgain(@TempDir Path other) throws IOException {
    open(other, CONFIG, false);
    open(other, CONFIG, false);
    Files.writeString(other.resolve("metrics.jsonl"), "{\"step\": 1}\n");
    Config changed =
        new Config(new LoopConfig(9, 8, 1, 6, 1, 1, 2, 0, 0, 0, 0, true), CONFIG.optimizer());
    assertThat(open(other, changed, false).step()).isZero();
    assertThat(other.resolve("config.json")).content().contains("\"seed\" : 6");
  }

  @Test
  void aFolderInUseIsRefusedNamingItsHolder() {
    try (TrainingRun first = TrainingRun.open(folder, CONFIG, Map.of(), true)) {
      Map<String, String> before = RunFolder.contents(folder);
      for (boolean resume : new boolean[] {true, false}) {
        assertThatThrownBy(() -> open(folder, CONFIG, resume))
            .isInstanceOf(CheckpointException.class)
            .hasMessageStartingWith(
                folder + ": is in use by process " + ProcessHandle.current().pid() + " on host ");
      }
      assertThat(RunFolder.contents(folder)).isEqualTo(before);
      assertThat(first.step()).isEqualTo(4);
    }
    assertThat(open(folder, CONFIG, true).step()).isEqualTo(4);
  }

  @Test
  void anInputThatHasChangedIsRefusedNamingBoth() throws IOException {
    Map<String, Input> inputs = Map.of("field", new Input("runs/one/model", "sha256 11"));
    TrainingRun run = open(folder, CONFIG, inputs, true); // of a version that recorded none
    Pair pair = new Pair();
    Optimizer optimizer = run.restoreOrInitialize(pair, CONFIG.optimizer(), 7, manager);
    run.save(Snapshot.of(pair, optimizer, 5, Optional.empty()), keeping(2, 0));
    Map<String, Input> moved = Map.of("field", new Input("runs/elsewhere", "sha256 11"));
    assertThat(open(folder, CONFIG, moved, true).step()).isEqualTo(5);
    Map<String, String> before = RunFolder.contents(folder);
    Map<String, Input> other = Map.of("field", new Input("runs/one/model", "sha256 22"));
    assertThatThrownBy(() -> open(folder, CONFIG, other, true))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(
            new RunFolder(folder).checkpoint(5)
                + ": was trained with the field runs/one/model (sha256 11), but the field"
                + " runs/one/model is another one now (sha256 22)");
    assertThat(RunFolder.contents(folder)).isEqualTo(before);
  }

  @Test
  void whatAnInterruptedSaveLeftIsDeletedAndNothingElse() throws IOException {
    Path left = Files.createDirectory(newest.resolveSibling(".step-00000007.new"));
    Files.writeString(left.resolve("model.safetensors"), "half");
    Path other = Files.createDirectory(newest.resolveSibling(".step-best.new"));
    // Killed between the two renames of a checkpoint that replaces one.
    Path old = Files.move(newest, newest.resolveSibling(".step-00000004.old"));
    assertThat(open(folder, CONFIG, true).step()).isEqualTo(4);
    assertThat(left).doesNotExist();
    assertThat(old).doesNotExist();
    assertThat(other).isDirectory();
  }

  /** One byte, in the values of a tensor: no format notices. */
  @ParameterizedTest
  @ValueSource(strings = {"model", "average", "optimizer"})
  void aFlippedByteIsRefusedNamingTheFileAndTheCheckpointBefore(String stem) throws IOException {
    Path file = newest.resolve(stem + ".safetensors");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 3] ^= 1;
    Files.write(file, bytes);
    assertThatThrownBy(this::resume)
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(file + ": is damaged: its SHA-256 is ")
        .hasMessageEndingWith(
            "; the checkpoint before it is step-00000003: remove step-00000004 to go on from"
                + " there");
  }

  @Test
  void aCheckpointWithoutDigestsLoadsAndSaysSo() throws IOException {
    Files.delete(newest.resolve("SHA256SUMS"));
    resume();
    assertThat(streams.errors())
        .contains(
            newest
                + ": has no SHA256SUMS, as an earlier version wrote it; its files are not checked");
  }

  @Test
  void everyNthCheckpointIsKeptBesideTheNewest() {
    TrainingRun run = open(folder, CONFIG, true);
    Pair pair = new Pair();
    Optimizer optimizer = run.restoreOrInitialize(pair, CONFIG.optimizer(), 7, manager);
    for (int step = 5; step <= 9; step++) {
      run.save(Snapshot.of(pair, optimizer, step, Optional.empty()), keeping(2, 3));
    }
    assertThat(Checkpoint.in(folder.resolve("checkpoints")).stream().map(Checkpoint::step))
        .containsExactly(3L, 6L, 8L, 9L);
  }

  @Test
  void allDifferencesAreListedAndChangesRecorded() throws IOException {
    record Full(LoopConfig loop, OptimizerConfig optimizer, int microBatch, String note) {}
    Full before = new Full(CONFIG.loop(), CONFIG.optimizer(), 4, "a");
    Path config = newest.resolve("config.json");
    Files.writeString(config, ConfigFile.write(before));
    Files.delete(newest.resolve("SHA256SUMS"));
    LoopConfig loop = new LoopConfig(9, 6, 2, 7, 1, 1, 2, 0, 0, 0, 0, true);
    assertThatThrownBy(() -> open(folder, new Full(loop, CONFIG.optimizer(), 2, "b"), true))
        .hasMessage(
            newest
                + ": is of another configuration: loop.batchSize is 8 there and 6 here; note is"
                + " \"a\" there and \"b\" here");
    assertThat(folder.resolve("changes.jsonl")).doesNotExist();
    Full changed = new Full(CONFIG.loop(), CONFIG.optimizer(), 2, "a");
    open(folder, changed, true);
    open(folder, changed, true);
    assertThat(Files.readAllLines(folder.resolve("changes.jsonl")))
        .singleElement()
        .asString()
        .startsWith("{\"step\":4,\"field\":\"microBatch\",\"from\":4,\"to\":2,\"time\":\"");
  }
}
