package io.rapd.train.stage2;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.train.ChildProcess;
import io.rapd.train.RunFolder;
import io.rapd.train.TinyImages;
import io.rapd.train.TinyStage1;
import io.rapd.train.TinyStage2;
import io.rapd.train.data.TarFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Trains stage 2 for minutes on streamed shards, some samples of which are faulty, and stops it
 * with SIGTERM every minute or two; {@code scripts/soak} runs it. Not part of the suite.
 */
class Soak {
  private static final double MINUTES = Double.parseDouble(System.getProperty("rapd.minutes", "5"));
  private static final long SEED = Long.getLong("rapd.seed", 1);
  private static final int SHARDS = 6;
  private static final int SAMPLES = 40;

  /** Every seventh sample is cut short, every eleventh caption is blank. */
  private static final int TRUNCATED = 7;

  private static final int BLANK = 11;

  @TempDir Path folder;

  @Test
  void finalWeightsAreThoseOfAnUndisturbedRun() throws Exception {
    Path field = TinyStage1.writeField(folder.resolve("field"));
    Path shards = writeShards();
    Path config = Files.writeString(folder.resolve("tiny.json"), TinyStage2.JSON);
    Path out = folder.resolve("stopped");
    Random random = new Random(SEED);
    long end = System.nanoTime() + (long) (MINUTES * 60e9);
    int stops = 0;
    while (System.nanoTime() < end) {
      ChildProcess child = train(config, shards, field, out, 1_000_000);
      child.awaitError("step ");
      Thread.sleep(60_000 + random.nextInt(60_000));
      child.signal("TERM");
      assertThat(child.exitStatus()).as("%s", child.errors()).isEqualTo(143);
      stops++;
      System.out.println(message("stop %d after step %d", stops, newest(out)));
    }
    int steps = newest(out) + 3;
    assertThat(train(config, shards, field, out, steps).exitStatus()).isZero();
    Path whole = folder.resolve("whole");
    ChildProcess undisturbed = train(config, shards, field, whole, steps);
    assertThat(undisturbed.exitStatus(5 + (long) (2 * MINUTES))).isZero();
    assertThat(RunFolder.contents(out.resolve("model")))
        .isEqualTo(RunFolder.contents(whole.resolve("model")));
    assertThat(state(new RunFolder(out).checkpoint(steps)))
        .isEqualTo(state(new RunFolder(whole).checkpoint(steps)));
    long skipped = Files.readAllLines(out.resolve("skipped.jsonl")).size();
    assertThat(skipped).isPositive();
    System.out.println(
        message(
            "%d stops, %d steps, %d faulty samples: weights, moments, averages and positions are"
                + " equal",
            stops, steps, skipped));
  }

  private Path writeShards() throws Exception {
    Path images = TinyImages.write(folder.resolve("images"));
    Path shards = Files.createDirectory(folder.resolve("shards"));
    for (int shard = 0; shard < SHARDS; shard++) {
      TarFiles tar = new TarFiles();
      for (int i = 0; i < SAMPLES; i++) {
        int number = shard * SAMPLES + i;
        byte[] png = Files.readAllBytes(images.resolve("image" + number % 6 + ".png"));
        byte[] caption = Files.readAllBytes(images.resolve("image" + number % 6 + ".txt"));
        tar.put(number + ".png", number % TRUNCATED == 3 ? Arrays.copyOf(png, png.length / 2) : png)
            .put(number + ".txt", number % BLANK == 5 ? new byte[] {' '} : caption);
      }
      Files.write(shards.resolve(shard + ".tar"), tar.bytes());
    }
    return shards;
  }

  private static ChildProcess train(Path config, Path shards, Path field, Path out, int steps)
      throws Exception {
    return ChildProcess.train(
        TrainStage2.class,
        config,
        shards,
        out,
        "field=" + field,
        "data.stream.streams=4",
        "data.stream.shuffleBuffer=20",
        "data.maxUnreadable=0.5",
        "microBatch=2",
        "loop.workers=2",
        "loop.logEvery=200",
        "loop.checkpointEvery=500",
        "loop.previewEvery=0",
        "optimizer.finalRate=0.005", // constant: the length of the run is open
        "loop.steps=" + steps);
  }

  private static TreeMap<String, String> state(Path checkpoint) {
    TreeMap<String, String> state = new TreeMap<>(RunFolder.contents(checkpoint));
    state.keySet().removeIf(name -> !name.endsWith(".safetensors") && !name.equals("data.json"));
    return state;
  }

  private static int newest(Path out) throws Exception {
    try (var found = Files.list(out.resolve("checkpoints"))) {
      return found
          .map(path -> path.getFileName().toString())
          .filter(name -> name.startsWith("step-"))
          .mapToInt(name -> Integer.parseInt(name.substring(5)))
          .max()
          .orElse(0);
    }
  }
}
