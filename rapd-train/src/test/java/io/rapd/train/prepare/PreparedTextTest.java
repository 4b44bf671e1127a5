package io.rapd.train.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.train.RunFolder;
import io.rapd.train.data.ImageFiles;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Text states read in place of the text encoder. */
class PreparedTextTest extends PreparationContract {
  @Test
  void trainingFromPreparedTextIsTrainingWithout() {
    RunFolder without = train("without");
    prepare(config(), false);
    assertThat(shards(prepared, "text").keySet())
        .containsExactly(
            "text-00000.safetensors", "text-00001.safetensors", "text-00002.safetensors");
    RunFolder with = train("with", fromPrepared());
    assertThat(with.metrics()).isEqualTo(without.metrics());
    Map<String, String> model = RunFolder.contents(with.path().resolve("model"));
    assertThat(model).isEqualTo(RunFolder.contents(without.path().resolve("model")));
    assertThat(RunFolder.contents(with.path().resolve("previews")))
        .isEqualTo(RunFolder.contents(without.path().resolve("previews")));
  }

  @ParameterizedTest
  @CsvSource({"F16, 1e-3", "BF16, 1e-2"})
  void halfTheRoomIsCloseEnough(TensorType type, double tolerance) {
    RunFolder without = train("without", "loop.steps=2", "loop.previewEvery=0");
    prepare(prepared, config(), false, type, 4, 100);
    RunFolder with = train("with", "loop.steps=2", "loop.previewEvery=0", fromPrepared());
    assertThat(with.metric("loss")).containsExactly(without.metric("loss"), within(tolerance));
    Path shard = shards(prepared, "text").get("text-00000.safetensors");
    assertThat(shard.toFile().length()).isBetween(TEXTS * 8 * 384 * 2L, TEXTS * 8 * 384 * 3L);
  }

  @Test
  void readingLeavesNoArraysBehind() {
    prepare(config(), false);
    try (NDManager manager = NDManager.newBaseManager();
        PreparedFolder read = PreparedFolder.open(prepared)) {
      for (int i = 0; i < 3; i++) {
        try (NDArray states = read.encode(List.of("rings", "", "rings"), manager)) {
          assertThat(manager.getManagedArrays()).hasSize(1);
          assertThat(states.getShape()).isEqualTo(new Shape(3, 8, 384));
          float[] values = states.toFloatArray();
          assertThat(Arrays.copyOf(values, 8 * 384))
              .isEqualTo(Arrays.copyOfRange(values, 2 * 8 * 384, 3 * 8 * 384));
        }
        assertThat(manager.getManagedArrays()).isEmpty();
      }
    }
  }

  @Test
  void aPromptThatWasNotPreparedIsNamed() {
    prepare(config(), false);
    assertThatThrownBy(() -> train("out", "preview.prompts=[\"a new idea\"]", fromPrepared()))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            prepared
                + ": no text shard holds \"a new idea\"; run rapd prepare again with this"
                + " configuration");
    assertThat(folder.resolve("out")).doesNotExist();
    ImageFiles.write(images, "image9", ImageFiles.png(20, 20, 0), "a late arrival");
    assertThatThrownBy(() -> train("out", fromPrepared()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("no text shard holds \"a late arrival\"");
  }
}
