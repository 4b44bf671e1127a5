package io.rapd.core.torch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * Native libraries from the class path as files that stay, for libraries that would unpack anew.
 */
public final class NativeLibraries {
  private NativeLibraries() {}

  /**
   * The folder that holds the libraries, unpacked on first use. A process that is killed while it
   * unpacks leaves nothing that a later one would take for whole.
   *
   * @param name of the folder, with the version of the libraries in it
   * @param neighbour a class from whose class loader the resources come
   * @param resources absolute names on the class path
   * @throws IllegalArgumentException where a resource is missing
   * @throws IllegalStateException where the libraries cannot be written; the message says what to
   *     set
   */
  public static Path unpacked(String name, Class<?> neighbour, List<String> resources) {
    Path folder = NativeRuntime.folder().resolve(name);
    for (String resource : resources) {
      Path library = folder.resolve(resource.substring(resource.lastIndexOf('/') + 1));
      if (!Files.exists(library)) {
        unpack(neighbour, resource, library);
      }
    }
    return folder;
  }

  private static void unpack(Class<?> neighbour, String resource, Path library) {
    try (InputStream bytes = neighbour.getResourceAsStream(resource)) {
      if (bytes == null) {
        throw new IllegalArgumentException("class path must hold " + resource);
      }
      Files.createDirectories(library.getParent());
      Path part = ProcessFolder.create(NativeRuntime.folder().resolve("run")).resolve("part");
      try {
        Files.copy(bytes, part);
        Files.move(part, library, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      throw new IllegalStateException(
          library
              + " cannot be written: "
              + OneLine.of(e)
              + "; name another folder with "
              + CacheFolder.SETTING
              + ", in the environment or as a system property",
          e);
    }
  }
}
