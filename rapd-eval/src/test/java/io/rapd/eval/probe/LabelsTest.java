package io.rapd.eval.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LabelsTest {
  @TempDir private Path folder;

  @Test
  void everyEmojiOfTheEmbeddedSetHasAGroupInEveryStyle() {
    Labels groups = Labels.emojiGroups();
    ImageTextSource source =
        ImageTextSource.open(ImageTextSource.EMBEDDED_FLUENT_EMOJI, Split.ALL, true);
    for (int i = 0; i < source.size(); i++) {
      String key = source.key(i);
      assertThat(groups.of(key)).as(key).isPresent();
      assertThat(groups.of(key + "-flat-2")).isEqualTo(groups.of(key));
    }
    assertThat(groups.of("1f34e")).contains("food-drink");
    assertThat(groups.of("pair-1f63a-noto-1")).contains("smileys-emotion");
    assertThat(groups.of("0023-20e3")).contains("symbols");
    assertThat(groups.of("zzz-flat")).isEmpty();
  }

  @Test
  void foldersAndFilesNameClasses() throws IOException {
    assertThat(Labels.folders().of("a/cat/01")).contains("cat");
    assertThat(Labels.folders().of("cat/01")).contains("cat");
    assertThat(Labels.folders().of("01")).isEmpty();
    Path file = Files.writeString(folder.resolve("labels.csv"), "a,b,cat\n\n c , dog\n");
    assertThat(Labels.file(file).of("a,b")).contains("cat");
    assertThat(Labels.file(file).of("c")).contains("dog");
    assertThat(Labels.file(file).of("d")).isEmpty();
  }

  @Test
  void badFilesAreRefusedByLine() throws IOException {
    Path file = Files.writeString(folder.resolve("labels.csv"), "a,cat\nb,\n");
    assertThatThrownBy(() -> Labels.file(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(file + ": line 2: expected KEY,CLASS, found \"b,\"");
    assertThatThrownBy(() -> Labels.file(folder.resolve("none.csv")))
        .hasMessageContaining("none.csv: expected a readable text file");
    Path empty = Files.writeString(folder.resolve("empty.csv"), "\n");
    assertThatThrownBy(() -> Labels.file(empty)).hasMessageContaining("expected lines KEY,CLASS");
  }
}
