package io.rapd.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.core.checkpoint.TrainedModel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BuiltInModelsTest {
  @TempDir private Path parent;

  @Test
  void theFieldOfEmojiIsWhole() {
    Path folder =
        new PackedFolder(BuiltInModels.class, "emoji-field")
            .unpack(parent, () -> parent.resolve("new"));
    assertThat(TrainedModel.open(folder).kind()).isEqualTo(TrainedModel.Kind.FIELD);
    assertThat(folder.resolve("model.safetensors")).isNotEmptyFile();
  }
}
