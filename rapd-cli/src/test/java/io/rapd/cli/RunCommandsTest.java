package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.image.RgbImageReader;
import io.rapd.core.torch.Precision;
import io.rapd.nif.NifFolder;
import io.rapd.train.RunFolder;
import io.rapd.train.TinyImages;
import io.rapd.train.TinyStage1;
import io.rapd.train.TinyStage2;
import io.rapd.train.loop.FolderLock;
import io.rapd.train.stage2.Stage2Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that read the folder of a run: status, export, generate, statistics. */
class RunCommandsTest {
  @TempDir private static Path shared;
  private static Path images;
  private static Path field;
  private static Path run;
  private static Path unfinished;
  @TempDir private Path out;

  @BeforeAll
  static void train() throws IOException {
    images = TinyImages.write(shared.resolve("images"));
    field = TinyStage1.writeField(shared.resolve("field"));
    run = shared.resolve("run");
    new Stage2Training(
            TinyStage2.config(images, field, "loop.previewEvery=0"),
            Device.cpu(),
            Precision.FLOAT32)
        .run(run, false);
    unfinished = shared.resolve("unfinished");
    try (Stream<Path> files = Files.walk(run)) {
      for (Path file : files.toList()) {
        if (!file.startsWith(run.resolve("model"))) {
          Files.copy(file, unfinished.resolve(run.relativize(file)));
        }
      }
    }
  }

  private byte[] image(Path model, String name) throws IOException {
    Path folder = out.resolve(name);
    Invocation call =
        Invocation.of(
            "generate",
            "--model",
            model + "",
            "--prompt",
            "red",
            "--size",
            "9",
            "--steps",
            "2",
            "--out",
            folder + "");
    assertThat(call.err()).isEqualTo(saysStep(model));
    assertThat(call.status()).isZero();
    return new RgbImageReader().read(folder.resolve("red_seed-0_9x9.png")).toRgbBytes();
  }

  private static String saysStep(Path model) {
    if (model.equals(unfinished)) {
      return unfinished + ": averaged weights of step 6 of 6, run running\n";
    }
    return model.equals(run.resolve("checkpoints/step-00000006"))
        ? model + ": averaged weights of step 6\n"
        : "";
  }

  /** The same weights, whichever way they come. */
  @Test
  void generatesFromARunInProgressAndFromCheckpoints() throws IOException {
    byte[] whole = image(run, "whole");
    Path exported = out.resolve("model");
    Path checkpoint = run.resolve("checkpoints/step-00000006");
    try (FolderLock lock = FolderLock.of(unfinished)) {
      var before = RunFolder.contents(unfinished);
      assertThat(image(unfinished, "a")).isEqualTo(whole);
      Invocation export =
          Invocation.of("export", "--checkpoint", unfinished + "", "--out", exported + "");
      assertThat(export.err())
          .isEqualTo(unfinished.resolve("checkpoints/step-00000006") + ": step 6\n");
      assertThat(export.out()).isEqualTo(exported + "\n");
      assertThat(RunFolder.contents(unfinished)).isEqualTo(before);
      assertThat(lock).isNotNull();
    }
    assertThat(image(exported, "b")).isEqualTo(whole);
    assertThat(image(checkpoint, "c")).isEqualTo(whole);
  }

  @Test
  void badCheckpointsAreRefused() {
    RapdTest.refused(
        Invocation.of("export", "--checkpoint", "nowhere", "--out", out + "/m"),
        "nowhere: expected a checkpoint");
    RapdTest.refused(
        Invocation.of("export", "--checkpoint", field + "", "--out", out + "/m"), "found neither");
    RapdTest.refused(
        Invocation.of(
            "export", "--checkpoint", run + "", "--out", out + "/m", "--set", "field=nowhere"),
        "nowhere: no such folder");
    assertThat(out.resolve("m")).doesNotExist();
  }

  @Test
  void statusAsTextAndAsJson() throws IOException {
    Invocation text = Invocation.of("status", run + "");
    assertThat(text.err()).isEmpty();
    assertThat(text.out().lines())
        .contains(
            "run         " + run,
            "state       finished",
            "step        6 of 6 (100.0 %)",
            "checkpoint  step 6")
        .anyMatch(line -> line.matches("speed       .* steps/s, .* samples/s"))
        .anyMatch(line -> line.matches("losses      loss \\d.*"));
    JsonNode json = new ObjectMapper().readTree(Invocation.of("status", "--json", run + "").out());
    assertThat(json.path("state").asText()).isEqualTo("finished");
    assertThat(json.path("step").asInt()).isEqualTo(6);
    assertThat(json.path("losses").path("loss").asDouble()).isPositive();
    assertThat(json.path("secondsLeft").isNull()).isTrue();
    RapdTest.refused(Invocation.of("status", field + ""), "expected the folder of a training run");
    RapdTest.refused(Invocation.of("status", "nowhere"), "found no folder");
  }

  @Test
  void statisticsGiveTheFieldTheSizeOfStage2() {
    Path measured = out.resolve("field");
    Invocation call =
        Invocation.of(
            "statistics",
            "--model",
            field + "",
            "--data",
            images + "",
            "--size",
            "20",
            "--set",
            "train=all",
            "--out",
            measured + "");
    assertThat(call.err()).isEmpty();
    assertThat(call.out().lines()).hasSize(5).last().isEqualTo(measured.toString());
    NifFolder.Description now = NifFolder.describe(measured);
    assertThat(now.statistics().size()).isEqualTo(20);
    assertThat(now.nif()).isEqualTo(NifFolder.describe(field).nif());
    assertThat(measured.resolve("model.safetensors"))
        .hasSameBinaryContentAs(field.resolve("model.safetensors"));
    for (List<String> bad :
        List.of(List.of("0", "must be positive, got 0"), List.of("x", "'x' is not an int"))) {
      RapdTest.refused(
          Invocation.of(
              "statistics",
              "--model",
              field + "",
              "--data",
              images + "",
              "--size",
              bad.get(0),
              "--out",
              measured + "2"),
          bad.get(1));
    }
  }
}
