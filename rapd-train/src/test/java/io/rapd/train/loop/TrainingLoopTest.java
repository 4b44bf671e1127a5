package io.rapd.train.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.Parameter;
import io.rapd.core.torch.Autograd;
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
        new LoopConfig(steps, 8, 1, 7, 2, 5, 2, 0, 0),
        new OptimizerConfig(0.05, 0.05, 3, 0.9, 0.95, 1e-8, 0.01, 1, 0.9));
  }

  private static float[] train(Path folder, int steps, boolean resume, List<Integer> arrays) {
    Config config = config(steps);
    try (NDManager manager = NDManager.newBaseManager()) {
      Line line = new Line();
      TrainingRun run = TrainingRun.open(folder, config, resume);
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
    Config other = new Config(new LoopConfig(5, 9, 1, 7, 2, 5, 2, 0, 0), config(5).optimizer());
    assertThatThrownBy(() -> TrainingRun.open(folder, other, true))
        .hasMessageContaining("loop.batchSize is 8 there and 9 here");
  }

  @Test
  void aLossThatIsNotFiniteStopsBeforeTheUpdate(@TempDir Path folder) {
    Config config = config(20);
    try (NDManager manager = NDManager.newBaseManager()) {
      Line line = new Line();
      TrainingRun run = TrainingRun.open(folder, config, false);
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
      assertThat(run.step()).isEqualTo(5);
      assertThat(line.weight.value().isNaN().any().getBoolean()).isFalse();
    }
  }

  @Test
  void aRunWhoseTimeIsOverLogsAndKeepsWhatItHasDone(@TempDir Path folder) {
    // Time for one step alone, and reports every third.
    Config config =
        new Config(new LoopConfig(100, 8, 1, 7, 3, 50, 2, 0, 1e-9), config(1).optimizer());
    try (NDManager manager = NDManager.newBaseManager()) {
      Line line = new Line();
      TrainingRun run = TrainingRun.open(folder, config, false);
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
}
