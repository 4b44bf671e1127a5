package io.rapd.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedFolderTest {
  @TempDir private Path parent;

  @TempDir private Path unpacking;

  private Path unpack(String name) {
    return new PackedFolder(PackedFolderTest.class, name).unpack(parent, this::newFolder);
  }

  private Path newFolder() {
    try {
      return Files.createTempDirectory(unpacking, "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> content() throws IOException {
    try (Stream<Path> paths = Files.list(parent)) {
      return paths.map(path -> path.getFileName().toString()).toList();
    }
  }

  @Test
  void unpacksOnceUnderANameOfItsContent() throws IOException {
    Path first = unpack("small");
    assertThat(first.resolve("nif/model.safetensors")).hasContent("weights");
    assertThat(first.resolve("nif/config.json")).hasContent("{\"a\": 1}");
    assertThat(first.getFileName().toString()).matches("small-[0-9a-f]{12}");
    Files.writeString(first.resolve("mark"), "");
    assertThat(unpack("small")).isEqualTo(first);
    assertThat(first.resolve("mark")).exists();
    assertThat(content()).containsExactly(first.getFileName().toString());
  }

  @Test
  void manyAtOnceGetOneWholeFolder() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    List<Callable<Path>> tasks =
        IntStream.range(0, 16)
            .mapToObj(i -> (Callable<Path>) () -> unpack("small"))
            .collect(Collectors.toList());
    for (Future<Path> result : threads.invokeAll(tasks)) {
      assertThat(result.get().resolve("nif/config.json")).exists();
    }
    threads.shutdown();
    assertThat(content()).hasSize(1);
  }

  @Test
  void aFileThatDiffersFromTheListIsRefusedAndNothingStays() throws IOException {
    assertThatThrownBy(() -> unpack("broken"))
        .hasMessageMatching("model broken: nif/config.json has the SHA-256 .*, expected .*");
    assertThat(content()).isEmpty();
    assertThat(unpacking).isEmptyDirectory();
  }

  @Test
  void aModelThatIsNotInTheBuildIsNamed() {
    assertThatThrownBy(() -> unpack("absent"))
        .hasMessageContaining("the model absent is not in this build");
  }
}
