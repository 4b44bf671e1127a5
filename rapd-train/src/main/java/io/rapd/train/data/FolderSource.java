package io.rapd.train.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Image files (png, jpg, jpeg, webp) in a folder and its subfolders, each with captions in a text
 * file of the same name: STEM.txt, one caption per line. Keys are paths relative to the folder,
 * without extension, in order of their UTF-16 code units. Links are followed; hidden files and
 * folders (name starts with a dot) are ignored.
 */
public final class FolderSource extends PairedFiles<Path> {
  /**
   * Lists the folder.
   *
   * @throws DataException as {@link ImageTextSource#open} does
   */
  public FolderSource(Path folder, Split split, boolean captionsRequired) {
    super(
        "folder " + folder,
        folder.toString(),
        files(folder),
        split,
        captionsRequired,
        FolderSource::bytes,
        Path::toString);
  }

  private static Map<String, Path> files(Path folder) {
    Map<String, Path> files = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
      walk.filter(Files::isRegularFile)
          .forEach(
              file -> {
                StringBuilder path = new StringBuilder();
                for (Path name : folder.relativize(file)) {
                  path.append(path.isEmpty() ? "" : "/").append(name);
                }
                files.put(path.toString(), file);
              });
    } catch (IOException | UncheckedIOException e) {
      throw DataException.unreadable(folder.toString(), e);
    }
    return files;
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw DataException.unreadable(file.toString(), e);
    }
  }
}
