package io.rapd.core.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFolderTest {
  @TempDir Path parent;

  private static AtomicFolder.Content content(String text) {
    return folder -> {
      Files.writeString(folder.resolve("config.json"), text);
      Files.writeString(folder.resolve("more"), text);
    };
  }

  private void assertHolds(String text) throws IOException {
    assertThat(parent.resolve("model/config.json")).hasContent(text);
    assertThat(parent.resolve("model/more")).hasContent(text);
    try (Stream<Path> siblings = Files.list(parent)) {
      assertThat(siblings).containsExactly(parent.resolve("model"));
    }
  }

  @Test
  void folderIsWrittenAndReplacedAsAWhole() throws IOException {
    AtomicFolder.write(parent.resolve("model"), content("1"));
    assertHolds("1");
    AtomicFolder.write(parent.resolve("model"), content("2"));
    assertHolds("2");
  }

  @Test
  void missingParentsAreCreated() {
    AtomicFolder.write(parent.resolve("a/b/model"), content("1"));
    assertThat(parent.resolve("a/b/model/config.json")).hasContent("1");
  }

  @Test
  void failureWhileWritingKeepsTheOldFolder() throws IOException {
    AtomicFolder.write(parent.resolve("model"), content("1"));
    assertThatThrownBy(
            () ->
                AtomicFolder.write(
                    parent.resolve("model"),
                    folder -> {
                      Files.writeString(folder.resolve("config.json"), "2");
                      throw new IOException("disk full");
                    }))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("disk full");
    assertHolds("1");
  }

  @Test
  void crashBetweenTheRenamesIsRecovered() throws IOException {
    AtomicFolder.write(parent.resolve("model"), content("1"));
    Files.move(parent.resolve("model"), parent.resolve(".model.old"));
    AtomicFolder.recover(parent.resolve("model"));
    assertHolds("1");
    Files.move(parent.resolve("model"), parent.resolve(".model.old"));
    Files.createDirectories(parent.resolve(".model.new/half"));
    AtomicFolder.write(parent.resolve("model"), content("2"));
    assertHolds("2");
  }

  @Test
  void checkpointOfCheckpointsIsReplacedButAFolderOfThemIsNot() throws IOException {
    Path models = parent.resolve("models");
    AtomicFolder.write(models.resolve("one"), content("1"));
    assertThatThrownBy(() -> AtomicFolder.write(models, content("2")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("not a checkpoint folder");
    assertThat(models.resolve("one/more")).hasContent("1");
    Files.writeString(models.resolve("config.json"), "1");
    AtomicFolder.write(models, content("2"));
    assertThat(models.resolve("one")).doesNotExist();
    assertThat(models.resolve("more")).hasContent("2");
  }

  @Test
  void whatIsNotACheckpointIsNeverReplaced() throws IOException {
    Path home = Files.createDirectory(parent.resolve("home"));
    Files.writeString(home.resolve("letter.txt"), "dear");
    Path file = Files.writeString(parent.resolve("file"), "text");
    for (Path target : new Path[] {home, file, parent}) {
      assertThatThrownBy(() -> AtomicFolder.write(target, content("1")))
          .isInstanceOf(CheckpointException.class);
    }
    assertThat(home.resolve("letter.txt")).hasContent("dear");
    assertThat(file).hasContent("text");
    AtomicFolder.write(Files.createDirectory(parent.resolve("model")), content("1"));
    assertThat(parent.resolve("model/more")).hasContent("1");
  }
}
