package io.rapd.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageTextSourceTest {
  @TempDir Path folder;

  @Test
  void theLocationChoosesTheSource() throws IOException {
    byte[] image = ImageFiles.png(2, 2, 0);
    ImageFiles.write(folder, "images/a", image, "a");
    byte[] tar = new TarFiles().put("b.png", image).put("b.txt", "b").bytes();
    Files.createDirectory(folder.resolve("shards"));
    Path shard = Files.write(folder.resolve("shards/b.tar"), tar);

    assertThat(ImageTextSource.open("embedded:fluent-emoji", Split.TEST, true))
        .isInstanceOf(EmbeddedSource.class);
    ImageTextSource images =
        ImageTextSource.open(folder.resolve("images").toString(), Split.ALL, true);
    assertThat(images).isInstanceOf(FolderSource.class);
    assertThat(images.key(0)).isEqualTo("a");
    for (Path location : new Path[] {shard, folder.resolve("shards")}) {
      ImageTextSource shards = ImageTextSource.open(location.toString(), Split.ALL, true);
      assertThat(shards).isInstanceOf(WebDatasetSource.class);
      assertThat(shards.key(0)).isEqualTo("b");
    }
  }

  @Test
  void whatIsNotThereIsNamed() {
    String missing = folder.resolve("missing").toString();
    assertThatThrownBy(() -> ImageTextSource.open(missing, Split.ALL, true))
        .isInstanceOf(DataException.class)
        .hasMessage(
            missing
                + ": expected a folder, a .tar file or embedded:fluent-emoji, found nothing there");
    assertThatThrownBy(() -> ImageTextSource.open("embedded:cats", Split.ALL, true))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "embedded:cats: expected the embedded data set embedded:fluent-emoji, or a group of it:"
                + " embedded:fluent-emoji/activities|animals-nature|food-drink|objects|people-body|"
                + "smileys-emotion|symbols|travel-places");
    assertThatThrownBy(() -> ImageTextSource.open(" ", Split.ALL, true))
        .isInstanceOf(DataException.class)
        .hasMessage(
            "expected a data set's folder, .tar file or embedded:fluent-emoji,"
                + " found a blank location");
  }
}
