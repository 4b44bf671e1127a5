package io.rapd.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import io.rapd.train.CapturedStreams;
import io.rapd.train.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class TrainingLoopTest {
  @RegisterExtension final CapturedStreams streams = new CapturedStreams();

  private record Config(LoopConfig loop, OptimizerConfig optimizer) {}

  /** y = x W, to be learnt as y = 2x. */
  private static final class Line extends Module {
    final Parameter weight = parameter("weight", new Shape(3, 3), Initializer.xavierUniform());

    Map<String, Double> gradients(long step, NDManager scope) {
      NDArray x = RandomStream.of(1, "x", step).normal(scope, new Shape(8, 3));
      NDArray loss = x.matMul(weight.value()).sub(x.mul(2)).square().mean();
      Autograd.backward(loss);
      return Map.of("loss", (double) loss.getFloat());
    }
  }

  private static Config config(int steps) {
    return new Config(
        new LoopConfig(steps, 8, 1, 7, 2, 5, 2, 0, 0, 0, 0, true),
        new OptimizerConfig(
            0.05, 0.05, 3, 0.9, 0.95, 1e-8, 0.01, 1, 0.9, Precision.FLOAT32, Schedule.COSINE));
  }

  private static TrainingRun open(Path folder, Object config, boolean resume) {
    try (TrainingRun run = TrainingRun.open(folder, config, Map.of(), resume)) {
      return run;
    }
  }

  private static float[] train(Path folder, int steps, boolean resume, List<Integer> arrays) {
    Config config = config(steps);
    try (NDManager manager = NDManager.newBaseManager()) {
      Line line = new Line();
      TrainingRun run = open(folder, config, resume);
      Optimizer optimizer = run.restoreOrInitialize(line, config.optimizer(), 7, manager);
      TrainingLoop loop =
          new TrainingLoop(
              "test", config.loop(), run, line, optimizer, GradientExchange.identity());
      long reached =
          loop.run(
              (step, scope) -> {
                arrays.add(manager.getManagedArrays().size());
                return line.gradients(step, scope);
              },
              step -> Map.of(),
              manager);
      assertThat(reached).isEqualTo(steps);
      return optimizer.averages().get("weight").toFloatArray();
    }
  }

  @Test
  void resumedRunEqualsUninterruptedRun(@TempDir Path folder) throws IOException {
    float[] whole = train(folder.resolve("whole"), 20, false, new ArrayList<>());
    train(folder.resolve("parts"), 11, false, new ArrayList<>());
    float[] resumed = train(folder.resolve("parts"), 20, true, new ArrayList<>());
    assertThat(resumed).isEqualTo(whole);
    List<String> metrics = Files.readAllLines(folder.resolve("parts/metrics.jsonl"));
    assertThat(metrics).hasSize(11);
    assertThat(folder.resolve("parts/checkpoints")).isDirectoryContaining("glob:**/step-00000020");
    try (var kept = Files.list(folder.resolve("parts/checkpoints"))) {
      assertThat(kept.count()).isEqualTo(2);
    }
  }

  @Test
  void stepLeavesNoArraysBehind(@TempDir Path folder) {
    List<Integer> arrays = new ArrayList<>();
    train(folder, 15, false, arrays);
    assertThat(arrays).hasSize(15).containsOnly(arrays.get(0));
  }

  @Test
  void theLossFalls(@TempDir Path folder) {
    float[] weight = train(folder, 300, false, new ArrayList<>());
    assertThat(weight[0]).isBetween(1.9f, 2.1f);
    assertThat(weight[1]).isBetween(-0.1f, 0.1f);
  }

  @Test
  void anotherConfigurationIsNotResumed(@TempDir Path folder) {
    train(folder, 5, false, new ArrayList<>());
    assertThatThrownBy(() -> train(folder, 5, false, new ArrayList<>()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("--resume");
    Config other =
        new Config(new LoopConfig(5, 9, 1, 7, 2, 5, 2, 0, 0, 0, 0, true), config(5).optimizer());
    assertThatThrownBy(() -> open(folder, other, true))
        .hasMessageContaining("loop.batchSize is 8 there and 9 here");
  }

  @Test
  void aLossThatIsNotFiniteStopsBeforeTheUpdate(@TempDir Path folder) {
    Config config = config(20);
    try (NDManager manager = NDManager.newBaseManager()) {
      Line line = new Line();
      TrainingRun run = open(folder, config, false);
      Optimizer optimizer = run.restoreOrInitialize(line, config.optimizer(), 7, manager);
      TrainingLoop loop =
          new TrainingLoop(
              "test", config.loop(), run, line, optimizer, GradientExchange.identity());
      assertThatThrownBy(
              () ->
                  loop.run(
                      (step, scope) -> {
                        line.gradients(step, scope);
                        return Map.of("loss", step == 7 ? Double.NaN : 1.0);
                      },
                      step -> Map.of(),
                      manager))
          .hasMessageContaining("step 7: loss loss is NaN");
      assertThat(run.step()).isEqualTo(6); // the last whole step
      assertThat(line.weight.value().isNaN().any().getBoolean()).isFalse();
    }
  }

  /** Steps 3, 4 and 7 are not finite. */
  private static Map<String, Double> broken(Line line, long step, NDManager scope) {
    Map<String, Double> losses = line.gradients(step, scope);
    if (step != 3 && step != 4 && step != 7) {
      return losses;
    }
    Autograd.gradient(line.weight.value(), scope).muli(Float.POSITIVE_INFINITY);
    return step == 7 ? Map.of("loss", Double.NaN) : losses;
  }

  private static TrainingRun trainBroken(Path folder, int steps, int skipNonFinite, Line line) {
    Config config =
        new Config(
            new LoopConfig(steps, 8, 1, 7, 1, 5, 2, 0, 0, skipNonFinite, 0, true),
            config(1).optimizer());
    try (NDManager manager = NDManager.newBaseManager()) {
      TrainingRun run = open(folder, config, true);
      Optimizer optimizer = run.restoreOrInitialize(line, config.optimizer(), 7, manager);
      new TrainingLoop("test", config.loop(), run, line, optimizer, GradientExchange.identity())
          .run((step, scope) -> broken(line, step, scope), step -> Map.of(), manager);
      assertThat(line.weight.value().isNaN().any().getBoolean()).isFalse();
      return run;
    }
  }

  @Test
  void asManyStepsInARowAsStatedAreSkippedWithoutAnUpdate(@TempDir Path folder) {
    assertThatThrownBy(() -> trainBroken(folder.resolve("none"), 10, 0, new Line()))
        .hasMessageContaining("step 3: gradient norm is ");
    assertThatThrownBy(() -> trainBroken(folder.resolve("one"), 10, 1, new Line()))
        .hasMessageContaining("step 4: gradient norm is ");
    assertThat(open(folder.resolve("one"), config(1), true).step()).isEqualTo(3);
    streams.errors();
    trainBroken(folder.resolve("two"), 10, 2, new Line());
    assertThat(streams.errors())
        .filteredOn(line -> line.contains("skipped"))
        .hasSize(3)
        .last()
        .asString()
        .isEqualTo("step 7: loss loss is NaN; step skipped (1 in a row, at most 2)");
    assertThat(new RunFolder(folder.resolve("two")).metric("loss")).hasSize(7);
    trainBroken(folder.resolve("parts"), 3, 2, new Line());
    trainBroken(folder.resolve("parts"), 10, 2, new Line());
    assertThat(RunFolder.contents(new RunFolder(folder.resolve("parts")).checkpoint(10)))
        .containsEntry(
            "model.safetensors",
            RunFolder.contents(new RunFolder(folder.resolve("two")).checkpoint(10))
                .get("model.safetensors"));
  }

  @Test
  void aFailureKeepsTheLastWholeStep(@TempDir Path folder) {
    Config config = config(20);
    try (NDManager manager = NDManager.newBaseManager()) {
      Line line = new Line();
      TrainingRun run = open(folder, config, false);
      Optimizer optimizer = run.restoreOrInitialize(line, config.optimizer(), 7, manager);
      TrainingLoop loop =
          new TrainingLoop(
              "test", config.loop(), run, line, optimizer, GradientExchange.identity());
      assertThatThrownBy(
              () ->
                  loop.run(
                      (step, scope) -> {
                        if (step == 8) {
                          throw new IllegalArgumentException("no more data");
                        }
                        return line.gradients(step, scope);
                      },
                      step -> Map.of(),
                      manager))
          .hasMessage("no more data");
      assertThat(run.step()).isEqualTo(7);
      assertThat(streams.errors()).last().asString().endsWith("checkpoints/step-00000007");
    }
    float[] resumed = train(folder, 20, true, new ArrayList<>());
    assertThat(resumed).isEqualTo(train(folder.resolve("whole"), 20, false, new ArrayList<>()));
  }

  @Test
  void aRunWhoseTimeIsOverLogsAndKeepsWhatItHasDone(@TempDir Path folder) {
    // Time for one step alone, and reports every third.
    Config config =
        new Config(
            new LoopConfig(100, 8, 1, 7, 3, 50, 2, 0, 1e-9, 0, 0, true), config(1).optimizer());
    try (NDManager manager = NDManager.newBaseManager()) {
      Line line = new Line();
      TrainingRun run = open(folder, config, false);
      Optimizer optimizer = run.restoreOrInitialize(line, config.optimizer(), 7, manager);
      long reached =
          new TrainingLoop("test", config.loop(), run, line, optimizer, GradientExchange.identity())
              .run(line::gradients, step -> Map.of(), manager);
      assertThat(reached).isEqualTo(1);
      assertThat(run.step()).isEqualTo(1);
      assertThat(new RunFolder(folder).metrics())
          .last()
          .matches(metrics -> metrics.get("step").asLong() == 1);
      assertThat(streams.errors()).last().asString().startsWith("test  step 1/100  loss ");
    }
  }

  /** Something is in the place of the checkpoint of step 5. */
  @Test
  void aCheckpointThatCannotBeWrittenStopsTheRunWithItsMessage(@TempDir Path folder)
      throws IOException {
    Path taken = folder.resolve("checkpoints/step-00000005");
    Config config = config(10_000);
    try (NDManager manager = NDManager.newBaseManager()) {
      Line line = new Line();
      TrainingRun run = open(folder, config, false);
      Optimizer optimizer = run.restoreOrInitialize(line, config.optimizer(), 7, manager);
      assertThatThrownBy(
              () ->
                  new TrainingLoop(
                          "test", config.loop(), run, line, optimizer, GradientExchange.identity())
                      .run(
                          (step, scope) -> gradientsThenBlock(line, step, scope, taken),
                          step -> Map.of(),
                          manager))
          .isInstanceOf(CheckpointException.class)
          .hasMessage(taken + ": is a file, expected a checkpoint folder or nothing");
    }
    assertThat(taken).hasContent("mine");
  }

  /** Puts a file in the place of a checkpoint at the second step. */
  private static Map<String, Double> gradientsThenBlock(
      Line line, long step, NDManager scope, Path taken) {
    if (step == 2) {
      try {
        Files.createDirectories(taken.resolveSibling(""));
        Files.writeString(taken, "mine");
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
    return line.gradients(step, scope);
  }

  @Test
  void ratesFollowTheirSchedule() {
    OptimizerConfig linear =
        new OptimizerConfig(
            0.8, 0.2, 4, 0.9, 0.95, 1e-8, 0, 1, 0, Precision.FLOAT32, Schedule.LINEAR);
    OptimizerConfig cosine =
        new OptimizerConfig(
            0.8, 0.2, 4, 0.9, 0.95, 1e-8, 0, 1, 0, Precision.FLOAT32, Schedule.COSINE);
    OptimizerConfig constant =
        new OptimizerConfig(
            0.8, 0.8, 4, 0.9, 0.95, 1e-8, 0, 1, 0, Precision.FLOAT32, Schedule.CONSTANT);
    for (OptimizerConfig one : List.of(linear, cosine, constant)) {
      assertThat(one.rateAt(1, 16)).isCloseTo(0.2, within(1e-12));
      assertThat(one.rateAt(4, 16)).isCloseTo(0.8, within(1e-12));
    }
    assertThat(linear.rateAt(7, 16)).isCloseTo(0.65, within(1e-12));
    assertThat(linear.rateAt(16, 16)).isCloseTo(0.2, within(1e-12));
    assertThat(cosine.rateAt(8, 16)).isCloseTo(0.65, within(1e-12)); // cos 60 degrees
    assertThat(cosine.rateAt(16, 16)).isCloseTo(0.2, within(1e-12));
    assertThat(constant.rateAt(10, 16)).isEqualTo(0.8);
    assertThatThrownBy(
            () ->
                new OptimizerConfig(
                    0.8, 0.2, 4, 0.9, 0.95, 1e-8, 0, 1, 0, Precision.FLOAT32, Schedule.CONSTANT))
        .hasMessage(
            "optimizer.finalRate (0.2) must equal learningRate (0.8) with the constant schedule");
  }
}
