package io.rapd.train.stage1;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.train.ChildProcess;
import io.rapd.train.RunFolder;
import io.rapd.train.TinyImages;
import io.rapd.train.TinyStage1;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a run with SIGKILL at random moments and resumes it each time; {@code
 * scripts/kill-and-resume} runs it. Not part of the suite: it takes minutes.
 */
class KillAndResume {
  private static final int KILLS = Integer.getInteger("rapd.kills", 30);
  private static final long SEED = Long.getLong("rapd.seed", 1);

  /** Every second step is saved, so that about half of the kills fall into a save. */
  private static final String[] SETTINGS = {
    "loop.checkpointEvery=2", "loop.previewEvery=7", "loop.workers=2", "optimizer.finalRate=0.005"
  };

  @TempDir Path folder;

  @Test
  void finalWeightsAreThoseOfAnUninterruptedRun() throws Exception {
    Path images = TinyImages.write(folder.resolve("images"));
    Path config = Files.writeString(folder.resolve("tiny.json"), TinyStage1.JSON);
    Path out = folder.resolve("killed");
    Random random = new Random(SEED);
    int unfinished = 0;
    for (int kill = 1; kill <= KILLS; kill++) {
      ChildProcess child = train(config, images, out, 1_000_000);
      child.awaitError("step ");
      Thread.sleep(random.nextInt(5000));
      child.signal("KILL");
      assertThat(child.exitStatus()).isEqualTo(137);
      boolean inSave = inSave(out);
      unfinished += inSave ? 1 : 0;
      System.out.println(
          message("kill %d after step %d%s", kill, newest(out), inSave ? ", during a save" : ""));
    }
    int steps = newest(out) + 3;
    assertThat(train(config, images, out, steps).exitStatus()).isZero();
    Path whole = folder.resolve("whole");
    assertThat(train(config, images, whole, steps).exitStatus()).isZero();
    assertThat(RunFolder.contents(out.resolve("model")))
        .isEqualTo(RunFolder.contents(whole.resolve("model")));
    assertThat(weights(new RunFolder(out).checkpoint(steps)))
        .isEqualTo(weights(new RunFolder(whole).checkpoint(steps)));
    assertThat(new RunFolder(out).metrics()).isEqualTo(new RunFolder(whole).metrics());
    assertThat(inSave(out)).isFalse();
    System.out.println(
        message(
            "%d kills, %d of them during a save, %d steps: weights, moments, averages and metrics"
                + " are equal",
            KILLS, unfinished, steps));
  }

  private static ChildProcess train(Path config, Path images, Path out, int steps)
      throws Exception {
    String[] overrides = Arrays.copyOf(SETTINGS, SETTINGS.length + 1);
    overrides[SETTINGS.length] = "loop.steps=" + steps;
    return ChildProcess.train(TrainStage1.class, config, images, out, overrides);
  }

  private static TreeMap<String, String> weights(Path checkpoint) {
    TreeMap<String, String> weights = new TreeMap<>(RunFolder.contents(checkpoint));
    weights.keySet().removeIf(name -> !name.endsWith(".safetensors"));
    return weights;
  }

  private static boolean inSave(Path out) throws Exception {
    Path checkpoints = out.resolve("checkpoints");
    if (!Files.isDirectory(checkpoints)) {
      return false;
    }
    try (var found = Files.list(checkpoints)) {
      return found.anyMatch(path -> path.getFileName().toString().startsWith("."));
    }
  }

  private static int newest(Path out) throws Exception {
    Path checkpoints = out.resolve("checkpoints");
    if (!Files.isDirectory(checkpoints)) {
      return 0;
    }
    try (var found = Files.list(checkpoints)) {
      return found
          .map(path -> path.getFileName().toString())
          .filter(name -> name.startsWith("step-"))
          .mapToInt(name -> Integer.parseInt(name.substring(5)))
          .max()
          .orElse(0);
    }
  }
}
