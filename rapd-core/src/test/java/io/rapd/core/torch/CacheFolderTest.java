package io.rapd.core.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheFolderTest {
  @TempDir private Path folder;
  private Path home;
  private Path temporary;
  private final Map<String, String> settings = new HashMap<>();

  @BeforeEach
  void layOut() throws IOException {
    home = Files.createDirectory(folder.resolve("home"));
    temporary = Files.createDirectory(folder.resolve("tmp"));
    settings.put("user.home", home.toString());
    settings.put("java.io.tmpdir", temporary.toString());
    // A folder of 480 MB free is not what this tests.
    settings.put("PYTORCH_LIBRARY_PATH", "/elsewhere");
  }

  private CacheFolder.Choice choose() {
    return CacheFolder.choose(settings::get, path -> true);
  }

  private Path userFolder() {
    Path chosen = choose().own();
    assertThat(chosen.getParent()).isEqualTo(temporary);
    assertThat(chosen.getFileName().toString()).matches("rapd-[A-Za-z0-9._-]+");
    return chosen;
  }

  @Test
  void djlsOwnFolderWhereThereIsAHome() {
    assertThat(choose().own()).isEqualTo(home.resolve(".djl.ai")).isDirectory();
    assertThat(choose().djl()).isEqualTo(home.resolve(".djl.ai"));
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void aUserWithoutAHomeGetsAPrivateTemporaryFolder() throws IOException {
    for (String none : new String[] {"?", "", folder.resolve("gone").toString()}) {
      settings.put("user.home", none);
      Path chosen = userFolder();
      if (Files.getFileStore(chosen).supportsFileAttributeView("posix")) {
        assertThat(Files.getPosixFilePermissions(chosen)).hasSize(3);
      }
    }
    assertThat(Path.of("?")).doesNotExist();
    settings.put("XDG_CACHE_HOME", folder.resolve("cache").toString());
    assertThat(choose().own()).isEqualTo(folder.resolve("cache/rapd"));
  }

  @Test
  void aTemporaryFolderOfAnotherIsNotUsed() throws IOException {
    settings.put("user.home", "?");
    Path chosen = userFolder();
    Files.delete(chosen);
    Files.createSymbolicLink(chosen, home);
    assertThatThrownBy(this::choose)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(chosen + " (belongs to another user)")
        .hasMessageContaining("set DJL_CACHE_DIR");
    assertThat(home).isEmptyDirectory();
  }

  @Test
  void theFolderThatTheUserNamesIsUsedOrRefused() throws IOException {
    settings.put("DJL_CACHE_DIR", folder.resolve("named/deep").toString());
    assertThat(choose().own()).isEqualTo(folder.resolve("named/deep")).isDirectory();
    Path file = Files.createFile(folder.resolve("file"));
    settings.put("DJL_CACHE_DIR", file.toString());
    assertThatThrownBy(this::choose)
        .hasMessageContaining(file + " (cannot be written)")
        .hasMessageNotContaining(home.toString());
  }

  @Test
  void foldersMountedNoexecArePassedOver() {
    assertThat(CacheFolder.choose(settings::get, path -> !path.startsWith(home)).own())
        .hasParent(temporary);
    assertThatThrownBy(() -> CacheFolder.choose(settings::get, path -> false))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(home.resolve(".djl.ai") + " (is mounted noexec)")
        .hasMessageContaining(temporary + "/rapd-")
        .hasMessageNotContaining("\n");
  }

  @Test
  void libtorchThatLiesThereAlreadyIsUsed() throws IOException {
    Path version = Files.createDirectories(home.resolve(".djl.ai/pytorch/2.7.1"));
    Files.createFile(version.resolve(System.mapLibraryName("torch")));
    settings.remove("PYTORCH_LIBRARY_PATH");
    assertThat(choose().djl()).isEqualTo(home.resolve(".djl.ai"));
  }
}
