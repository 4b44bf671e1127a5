package io.rapd.train.stage1;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import io.rapd.core.torch.Precision;
import io.rapd.train.ChildProcess;
import io.rapd.train.RunFolder;
import io.rapd.train.TinyImages;
import io.rapd.train.TinyStage1;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Signals to a training in a process of its own. */
class StopSignalTest {
  private static final String LONG = "loop.steps=100000";
  private static final String NO_CHECKPOINTS = "loop.checkpointEvery=100000";

  @TempDir Path folder;
  private Path images;
  private Path out;

  @BeforeEach
  void write() {
    images = TinyImages.write(folder.resolve("images"));
    out = folder.resolve("run");
  }

  private ChildProcess start(String... overrides) throws IOException {
    Path config = Files.writeString(folder.resolve("tiny.json"), TinyStage1.JSON);
    return ChildProcess.train(TrainStage1.class, config, images, out, overrides);
  }

  /** A shell that starts a job in the background makes it, and all it starts, ignore SIGINT. */
  private static void assumeDelivered(String signal) throws IOException {
    Path status = Path.of("/proc/self/status");
    Assumptions.assumeTrue(Files.exists(status), "signals are sent as on Linux");
    try (var lines = Files.lines(status)) {
      String ignored = lines.filter(line -> line.startsWith("SigIgn:")).findFirst().orElse("0");
      long mask = Long.parseUnsignedLong(ignored.replaceAll(".*\\s", ""), 16);
      Assumptions.assumeFalse(
          signal.equals("INT") && (mask & 2) != 0, "SIGINT is ignored in this environment");
    }
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130"})
  void aSignalSavesTheLastStepAndSaysHowToGoOn(String signal, int status) throws Exception {
    assumeDelivered(signal);
    ChildProcess child = start(LONG, NO_CHECKPOINTS, "loop.previewEvery=0");
    child.awaitError("step 3/");
    child.signal(signal);
    assertThat(child.exitStatus()).isEqualTo(status);
    int step =
        (int)
            new RunFolder(out)
                .metrics()
                .get(new RunFolder(out).metrics().size() - 1)
                .get("step")
                .asLong();
    Path saved = new RunFolder(out).checkpoint(step);
    assertThat(child.errors())
        .contains("saved " + saved)
        .last()
        .isEqualTo(
            "train-stage1: SIG"
                + signal
                + ": stopped after step "
                + step
                + "; continue with --resume");
    assertThat(child.errors())
        .contains(
            "SIG"
                + signal
                + ": stopping after this step, with a checkpoint; once more to stop at"
                + " once");
    assertThat(out.resolve("model")).doesNotExist();
  }

  @Test
  void aStoppedRunGoesOnToTheSameBits() throws Exception {
    assumeDelivered("TERM");
    String constant = "optimizer.finalRate=0.005"; // else the length is part of every step's rate
    ChildProcess child = start(LONG, NO_CHECKPOINTS, constant);
    child.awaitError("step 2/");
    child.signal("TERM");
    assertThat(child.exitStatus()).isEqualTo(143);
    int last =
        RunFolder.contents(out.resolve("checkpoints")).keySet().stream()
            .mapToInt(path -> Integer.parseInt(path.substring(5, 13)))
            .max()
            .orElseThrow();
    String steps = "loop.steps=" + (last + 3);
    train(out, true, steps, constant);
    Path whole = folder.resolve("whole");
    train(whole, false, steps, constant);
    assertThat(RunFolder.contents(out.resolve("model")))
        .isEqualTo(RunFolder.contents(whole.resolve("model")));
  }

  private void train(Path out, boolean resume, String... overrides) {
    new Stage1Training(TinyStage1.config(images, overrides), Device.cpu(), Precision.FLOAT32)
        .run(out, resume);
  }

  @Test
  void aSecondSignalStopsAtOnce() throws Exception {
    assumeDelivered("TERM");
    ChildProcess child =
        start("crop.encoderSize=768", "microBatchPixels=1"); // a step that lasts long
    child.awaitError("step 0/");
    child.signal("TERM");
    child.awaitError("SIGTERM: stopping after this step");
    child.signal("TERM");
    assertThat(child.exitStatus()).isEqualTo(143);
    assertThat(out.resolve("checkpoints")).doesNotExist();
  }
}
