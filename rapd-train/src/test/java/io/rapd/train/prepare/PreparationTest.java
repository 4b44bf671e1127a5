package io.rapd.train.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.train.RunFolder;
import io.rapd.train.data.ImageFiles;
import io.rapd.train.stage2.Stage2Config;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What preparation and training refuse, each by name. */
class PreparationTest extends PreparationContract {
  @Test
  void anotherConfigurationIsRefused() {
    prepare(config(), false);
    Map<String, String> before = RunFolder.contents(prepared);
    Stage2Config longer = config("text.maxTokens=9", "denoiser.textTokens=9");
    assertThatThrownBy(() -> prepare(longer, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(prepared.resolve("config.json").toString())
        .hasMessageContaining("text.maxTokens is 8 there and 9 here");
    assertThatThrownBy(() -> prepare(config(teacher), true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("teacher.type is \"none\" there and \"dinov2\" here");
    assertThat(RunFolder.contents(prepared)).isEqualTo(before);
    assertThatThrownBy(
            () -> train("out", "text.maxTokens=9", "denoiser.textTokens=9", fromPrepared()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(prepared.toString())
        .hasMessageContaining("maxTokens=8")
        .hasMessageContaining("maxTokens=9");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void unreadableSamplesAreLeftOutAndListed() throws IOException {
    byte[] png = ImageFiles.png(30, 30, 0x808080);
    ImageFiles.write(images, "truncated", Arrays.copyOf(png, png.length / 2), "a grey square");
    ImageFiles.write(images, "blank", png, " ");
    prepare(config(teacher), true);
    assertThat(Files.readAllLines(prepared.resolve("skipped.jsonl")))
        .hasSize(2)
        .anyMatch(line -> line.startsWith("{\"sample\":\"blank\",\"reason\":"))
        .anyMatch(line -> line.startsWith("{\"sample\":\"truncated\",\"reason\":"));
    RunFolder run = train("run", teacher, fromPrepared(), "loop.steps=8");
    assertThat(run.metric("repa")).hasSize(8);
    assertThatThrownBy(() -> prepare(config(teacher, "data.maxUnreadable=0"), true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 of 8 samples cannot be read");
  }

  @Test
  void aDamagedShardIsNamed() throws IOException {
    prepare(config(), false);
    Path shard = shards(prepared, "text").get("text-00001.safetensors");
    try (FileChannel channel = FileChannel.open(shard, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 1);
    }
    Map<String, String> before = RunFolder.contents(prepared);
    assertThatThrownBy(() -> train("out", fromPrepared()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(shard.toString());
    assertThatThrownBy(() -> prepare(config(), false))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(shard.toString());
    assertThat(RunFolder.contents(prepared)).isEqualTo(before);
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void foldersThatAreNoneAreNamed() throws IOException {
    assertThatThrownBy(() -> train("out", fromPrepared()))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(prepared + ": has no config.json; expected a folder of rapd prepare");
    Files.writeString(prepared, "a file");
    assertThatThrownBy(() -> prepare(config(), false))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(prepared + ": cannot be written");
    assertThat(prepared).hasContent("a file");
    assertThatThrownBy(() -> new Preparation(prepared, TensorType.F32, 0, 3))
        .hasMessage("--batch (0) and --shard (3) must be positive");
    assertThatThrownBy(() -> new Preparation(prepared, TensorType.I64, 1, 3))
        .hasMessageContaining("F32, F16 or BF16, got I64");
  }
}
