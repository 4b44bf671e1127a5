package io.rapd.core.checkpoint.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.SafetensorsFile;
import io.rapd.core.fixture.Fixture;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that torch.save of PyTorch 2.7.1 wrote. */
class TorchFileFixtureTest {
  @ParameterizedTest
  @CsvSource({"torch_zip.pt,''", "torch_legacy.pt,''", "torch_nested.pt,model.weights."})
  void everyTensorIsWhatPyTorchStored(String name, String prefix) {
    try (SafetensorsFile expected = SafetensorsFile.open(Fixture.file("torch_files.safetensors"));
        TorchFile file = TorchFile.open(Fixture.file(name));
        NDManager manager = NDManager.newBaseManager()) {
      assertThat(file.names().stream().filter(key -> key.startsWith(prefix)))
          .containsExactlyElementsOf(
              expected.names().stream().map(key -> prefix + key.substring(4)).toList());
      for (String key : expected.names()) {
        String found = prefix + key.substring("out.".length());
        assertThat(file.shape(found)).as(found).isEqualTo(expected.shape(key));
        assertThat(file.storedType(found)).as(found).isEqualTo(expected.storedType(key));
        assertSame(file.read(found, manager), expected.read(key, manager), found);
        if (expected.storedType(key).matches("F32|F16|BF16")) {
          assertSame(file.readBFloat16(found, manager), expected.readBFloat16(key, manager), found);
          assertSameRows(file, found, manager);
        }
      }
    }
  }

  /** The last row and the first, of views with other strides too. */
  private static void assertSameRows(TorchFile file, String name, NDManager manager) {
    Shape shape = file.shape(name);
    if (shape.dimension() == 2 && shape.get(0) > 0) {
      long[] rows = {shape.get(0) - 1, 0};
      NDArray whole = file.read(name, manager);
      NDArray expected = NDArrays.stack(new NDList(whole.get(rows[0]), whole.get(rows[1])));
      assertSame(file.readRows(name, rows, manager), expected, name);
    }
  }

  private static void assertSame(NDArray got, NDArray expected, String name) {
    assertThat(got.getShape()).as(name).isEqualTo(expected.getShape());
    ByteBuffer bytes = got.toByteBuffer(false);
    assertThat(bytes).as(name).isEqualTo(expected.toByteBuffer(false));
  }

  @Test
  void aPickleThatNamesAnythingElseIsRefusedAndNothingRuns() throws Exception {
    Path traces = Path.of("/tmp/rapd-pickle-was-executed");
    Files.deleteIfExists(traces);
    assertThatThrownBy(() -> TorchFile.open(Fixture.file("torch_evil.pt")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("torch_evil.pt: names posix.system, which no tensor needs: refused");
    assertThat(traces).doesNotExist();
  }

  @Test
  void aLightningCheckpointGivesItsAveragedWeightsAndOptimiserStates() {
    try (TorchFile file = TorchFile.open(Fixture.file("pixelgen_tiny.ckpt"))) {
      JsonNode sizes = Fixture.load("pixelgen_sampling").config().get("model");
      long tokens = sizes.get("txt_max_length").longValue();
      assertThat(file.shape("state_dict.ema_denoiser.y_pos_embedding"))
          .isEqualTo(new Shape(1, tokens, sizes.get("hidden_size").longValue()));
      assertThat(file.names())
          .contains("state_dict.denoiser.pos_embed", "state_dict.diffusion_trainer.proj.0.weight")
          .anyMatch(name -> name.matches("optimizer_states\\.0\\.state\\.\\d+\\.exp_avg_sq"));
    }
  }
}
