package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.engine.Engine;
import io.rapd.core.torch.Precision;
import io.rapd.train.CapturedStreams;
import io.rapd.train.TinyImages;
import io.rapd.train.TinyStage1;
import io.rapd.train.TinyStage2;
import io.rapd.train.command.OneLineErrors;
import io.rapd.train.stage1.TrainStage1;
import io.rapd.train.stage2.TrainStage2;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The command lines: what they leave, and one line that names what was wrong. */
class CommandsTest {
  private enum Command {
    STAGE1(TrainStage1::new, TinyStage1.JSON, "train-stage1"),
    STAGE2(TrainStage2::new, TinyStage2.JSON, "train-stage2"),
    PREPARE(Prepare::new, TinyStage2.JSON, "prepare");

    final Supplier<Object> command;
    final String json;
    final String name;

    Command(Supplier<Object> command, String json, String name) {
      this.command = command;
      this.json = json;
      this.name = name;
    }
  }

  @RegisterExtension final CapturedStreams streams = new CapturedStreams();
  @TempDir Path folder;
  private Path images;
  private Path config;
  private Path out;

  @BeforeEach
  void write() {
    images = TinyImages.write(folder.resolve("images"));
    config = folder.resolve("config.json");
    out = folder.resolve("out");
  }

  private int run(Command command, String json, String... more) {
    try {
      Files.writeString(config, json);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    List<String> arguments =
        new ArrayList<>(List.of("--config", config.toString(), "--out", out.toString()));
    if (json.contains("\"location\": \"\"")) {
      arguments.addAll(List.of("--set", "data.location=" + images));
    }
    arguments.addAll(List.of(more));
    return OneLineErrors.execute(command.command.get(), arguments.toArray(new String[0]));
  }

  private void assertRefused(Command command, int status, String... named) {
    assertThat(status).isEqualTo(2);
    List<String> lines = streams.errors();
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0)).startsWith(command.name + ": ").contains(named);
    assertThat(streams.output()).isEmpty();
    assertThat(out).doesNotExist();
  }

  @ParameterizedTest
  @EnumSource
  void badConfigurationsAreRefusedInOneLine(Command command) throws IOException {
    Object picocli = command.command.get();
    assertRefused(
        command,
        OneLineErrors.execute(picocli, "--config", folder + "/none.json", "--out", out + ""),
        folder + "/none.json: no such file");
    assertRefused(command, OneLineErrors.execute(picocli, "--out", out + ""), "--config");
    String json = command.json;
    assertRefused(command, run(command, ""), "config.json: expected a JSON object, found nothing");
    assertRefused(command, run(command, json.substring(0, 100)), "config.json: ", "line ");
    assertRefused(
        command,
        run(command, json.replace("\"batchSize\"", "\"batchsize\"")),
        "config.json: loop: batchsize: unknown field");
    assertRefused(
        command,
        run(command, json.replaceFirst("\"seed\": 1, ", "")),
        "loop: field \"seed\" is missing");
    assertRefused(
        command,
        run(command, json.replace("\"steps\": 6", "\"steps\": \"six\"")),
        "loop.steps: expected an integer, found six");
    assertRefused(
        command,
        run(command, json, "--set", "loop.stepz=3"),
        "--set loop.stepz",
        "has no field \"stepz\"; it has steps");
    assertRefused(
        command, run(command, json, "--set", "loop"), "--set must be path.to.field=value");
    assertRefused(
        command, run(command, json, "--set", "loop.steps=0"), "loop.steps must be positive, got 0");
    assertRefused(
        command,
        run(command, json, "--set", "teacher={\"type\": \"dinov3\"}"),
        "teacher",
        "none, dinov2, clip",
        "dinov3");
  }

  @ParameterizedTest
  @EnumSource
  void devicesAndPrecisionsThatAreNotThereAreRefusedInOneLine(Command command) {
    TinyStage1.writeField(folder.resolve("field"));
    String field = command == Command.STAGE1 ? "loop.seed=2" : "field=" + folder.resolve("field");
    int gpus = Engine.getEngine("PyTorch").getGpuCount();
    assertRefused(
        command,
        run(command, command.json, "--set", field, "--device", "cuda:" + gpus),
        "device cuda:" + gpus + " asked for, but libtorch sees " + gpus);
    assertRefused(
        command,
        run(command, command.json, "--set", field, "--device", "gpu"),
        "device must be auto, cpu or cuda:N, got \"gpu\"");
    assertRefused(
        command,
        run(command, command.json, "--set", field, "--precision", "float16"),
        "precision must be auto, float32 or bfloat16, got \"float16\"");
  }

  @ParameterizedTest
  @EnumSource
  void dataThatIsNotThereIsRefusedInOneLine(Command command) throws IOException {
    TinyStage1.writeField(folder.resolve("field"));
    String[] field =
        command == Command.STAGE1
            ? new String[] {"--set", "loop.seed=2"}
            : new String[] {"--set", "field=" + folder.resolve("field")};
    String nowhere = command.json.replace("\"location\": \"\"", "\"location\": \"nowhere\"");
    assertRefused(command, run(command, nowhere, field), "nowhere: expected a folder");
    Path empty = Files.createDirectories(folder.resolve("empty"));
    String nothing = command.json.replace("\"location\": \"\"", "\"location\": \"" + empty + "\"");
    assertRefused(command, run(command, nothing, field), empty.toString());
  }

  @Test
  void contradictionsAreRefusedInOneLine() {
    assertRefused(
        Command.STAGE1,
        run(Command.STAGE1, TinyStage1.JSON, "--set", "nif.renderer.heads=3"),
        "nif.renderer: renderer.width (16) must be divisible by renderer.heads (3)");
    assertRefused(
        Command.STAGE1,
        run(Command.STAGE1, TinyStage1.JSON, "--set", "validation.targetSize=8"),
        "validation.targetSize (8) must not be below validation.inputSize (16)");
    assertRefused(
        Command.STAGE1,
        run(
            Command.STAGE1,
            TinyStage1.JSON,
            "--set",
            "lpips={\"type\": \"vgg16\", \"path\": \"none.safetensors\", \"weight\": 1.0}"),
        "none.safetensors: no such folder; get the weights of VGG16");
    String field = "field=" + TinyStage1.writeField(folder.resolve("field"));
    for (Command command : List.of(Command.STAGE2, Command.PREPARE)) {
      assertRefused(
          command,
          run(command, TinyStage2.JSON, "--set", field, "--set", "denoiser.textTokens=9"),
          "denoiser.textTokens (9) must equal text.maxTokens (8)");
      assertRefused(
          command,
          run(command, TinyStage2.JSON, "--set", field, "--set", "repa.block=3"),
          "repa.block (3) must not exceed denoiser.depth (2)");
    }
    assertRefused(
        Command.STAGE2,
        run(Command.STAGE2, TinyStage2.JSON, "--set", field, "--set", "denoiser.channels=5"),
        "denoiser.channels (5) must be the channels of the field " + folder.resolve("field"));
    assertRefused(
        Command.STAGE2,
        run(Command.STAGE2, TinyStage2.JSON, "--set", field, "--set", "denoiser.textWidth=5"),
        "denoiser.textWidth (5) must be the text encoder's width, 384");
    assertRefused(
        Command.PREPARE,
        run(Command.PREPARE, TinyStage2.JSON, "--set", field, "--batch", "0"),
        "--batch (0)");
    assertRefused(
        Command.PREPARE,
        run(Command.PREPARE, TinyStage2.JSON, "--set", field, "--store", "F12"),
        "--store",
        "F12");
  }

  @Test
  void aLossThatIsNotFiniteExitsWithOne() {
    int status =
        run(
            Command.STAGE1,
            TinyStage1.JSON,
            "--set",
            "optimizer.learningRate=1e38",
            "--set",
            "optimizer.warmupSteps=0");
    assertThat(status).isEqualTo(1);
    List<String> lines = streams.errors();
    assertThat(lines.get(lines.size() - 1))
        .matches("train-stage1: step \\d: .* is (NaN|-?Infinity); stopped before the update");
    assertThat(out.resolve("model")).doesNotExist();
  }

  @Test
  void trainsPreparesAndTrainsFromIt() {
    out = folder.resolve("stage1");
    int status = run(Command.STAGE1, TinyStage1.JSON, "--device", "cpu");
    List<String> said = streams.errors();
    int first = said.indexOf("stage 1 on cpu, float32  step 0/6");
    assertThat(said.subList(0, first))
        .startsWith("device       cpu", "precision    float32")
        .contains("memory plan")
        .last()
        .asString()
        .startsWith("parameters   6,547 trained; 6 samples");
    assertThat(said.subList(first, said.size()))
        .hasSize(1 + 6 + 3)
        .allMatch(line -> line.startsWith("stage 1 on cpu, float32  step "));
    assertThat(status).isZero();
    assertThat(streams.output()).containsExactly(out.resolve("model").toString());
    String field = "field=" + out;
    out = folder.resolve("prepared");
    assertThat(run(Command.PREPARE, TinyStage2.JSON, "--set", field)).isZero();
    assertThat(streams.output()).containsExactly(out.toString());
    String prepared = "prepared={\"type\": \"folder\", \"path\": \"" + out + "\"}";
    out = folder.resolve("stage2");
    String[] more = {"--set", field, "--set", prepared, "--precision", "bfloat16"};
    assertThat(run(Command.STAGE2, TinyStage2.JSON, more)).isZero();
    assertThat(streams.output()).containsExactly(out.resolve("model").toString());
    assertThat(streams.errors())
        .contains("stage 2 on cpu, " + Precision.BFLOAT16.on(Device.cpu()) + "  step 0/6");
    assertThat(run(Command.STAGE2, TinyStage2.JSON, more)).isEqualTo(2);
    assertThat(streams.errors())
        .last()
        .asString()
        .contains("holds step-00000006 of an earlier run; say --resume");
    assertThat(
            run(
                Command.STAGE2,
                TinyStage2.JSON,
                "--set",
                field,
                "--set",
                prepared,
                "--resume",
                "--set",
                "loop.steps=7",
                "--precision",
                "bfloat16"))
        .isZero();
    assertThat(streams.errors()).anyMatch(line -> line.contains("step 7/7  loss"));
  }

  @Test
  void aStreamCannotBePrepared() {
    assertRefused(
        Command.PREPARE,
        run(Command.PREPARE, TinyStage2.JSON, "--set", "data.stream.streams=2"),
        "data.stream.streams must be 0 to prepare, got 2");
  }
}
