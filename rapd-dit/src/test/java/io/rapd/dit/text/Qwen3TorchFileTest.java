package io.rapd.dit.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.SafetensorsFile;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.checkpoint.torch.TorchSave;
import io.rapd.core.nn.Weights;
import io.rapd.core.torch.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Qwen3TorchFileTest {
  @TempDir Path folder;

  @Test
  void aFolderWithOnlyPytorchModelBinGivesTheStatesOfSafetensors() throws IOException {
    Qwen3Folder.write(folder, "model.", TensorType.F32);
    float[] expected = states();
    Path safetensors = folder.resolve("model.safetensors");
    Path bin = folder.resolve("pytorch_model.bin");
    try (SafetensorsFile file = SafetensorsFile.open(safetensors);
        NDManager manager = NDManager.newBaseManager()) {
      Map<String, NDArray> weights = new TreeMap<>();
      file.names().forEach(name -> weights.put(name, file.read(name, manager)));
      TorchSave.zip(bin, weights);
    }
    Files.delete(safetensors);
    assertThat(states()).isEqualTo(expected);

    Files.delete(bin);
    assertThatThrownBy(this::states)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("has neither model.safetensors nor pytorch_model.bin");
  }

  private float[] states() {
    try (Qwen3TextEncoder encoder =
            Qwen3TextEncoder.open(folder, 8, Precision.FLOAT32, Weights.FULL, Device.cpu());
        NDManager manager = NDManager.newBaseManager()) {
      return encoder.encode(List.of("red apple"), manager).toFloatArray();
    }
  }
}
