package io.rapd.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.core.checkpoint.TrainedModel;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BuiltInModelsTest {
  @TempDir private Path parent;

  @ParameterizedTest
  @CsvSource({"emoji, TEXT_TO_IMAGE", "emoji-field, FIELD"})
  void modelsAreWhole(String name, TrainedModel.Kind kind) {
    Path folder =
        new PackedFolder(BuiltInModels.class, name).unpack(parent, () -> parent.resolve("new"));
    assertThat(TrainedModel.open(folder).kind()).isEqualTo(kind);
    assertThat(TrainedModel.open(folder).nif().resolve("model.safetensors")).isNotEmptyFile();
  }
}
