package io.rapd.core.torch;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.core.fixture.ChildProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessFolderTest {
  @TempDir private Path parent;

  /**
   * Makes a folder with a file in it, says which, and waits to be killed or for its input's end.
   */
  static final class Program {
    public static void main(String[] arguments) throws IOException {
      Path folder = ProcessFolder.create(Path.of(arguments[0]));
      Path file = Files.createFile(folder.resolve("library"));
      file.toFile().deleteOnExit();
      System.out.println(folder);
      System.in.read();
    }
  }

  private static Path folderOf(Process process) throws IOException {
    return Path.of(
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
            .readLine());
  }

  @Test
  void foldersOfKilledProcessesGoAndThoseOfLiveOnesStay() throws Exception {
    ProcessBuilder builder =
        ChildProcess.builder(Map.of(), Program.class.getName(), parent.toString());
    Process live = builder.start();
    Process killed = builder.start();
    try {
      Path ofLive = folderOf(live);
      Path ofKilled = folderOf(killed);
      killed.destroyForcibly().waitFor();
      assertThat(ofKilled.resolve("library")).exists();

      Path own = ProcessFolder.create(parent);
      Path second = ProcessFolder.create(parent);
      assertThat(ofKilled).doesNotExist();
      assertThat(ofLive.resolve("library")).exists();
      assertThat(own).isEmptyDirectory();
      assertThat(second).isEmptyDirectory().isNotEqualTo(own);

      live.getOutputStream().close();
      assertThat(live.waitFor()).isZero();
      assertThat(ofLive).doesNotExist();
      try (var left = Files.list(parent)) {
        assertThat(left).hasSize(4); // ours, with their locks
      }
    } finally {
      live.destroyForcibly();
      killed.destroyForcibly();
    }
  }

  @Test
  void filesOfOthersStay() throws IOException {
    Path other = Files.createDirectory(parent.resolve("other"));
    Path file = Files.createFile(other.resolve("file"));
    ProcessFolder.create(parent);
    assertThat(file).exists();
  }
}
