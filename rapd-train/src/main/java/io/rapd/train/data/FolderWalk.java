package io.rapd.train.data;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.SortedMap;
import java.util.TreeMap;

/** Lists the regular files of a folder and its subfolders. */
final class FolderWalk {
  private FolderWalk() {}

  /**
   * Files by path below the folder, with / between folders. Links are followed, except those back
   * to a folder that holds them and those that lead nowhere, which are counted.
   *
   * @throws DataException where a folder cannot be read
   */
  static SortedMap<String, Path> files(Path folder, PassedOver passedOver) {
    TreeMap<String, Path> files = new TreeMap<>();
    try {
      Path root = folder.toRealPath();
      Files.walkFileTree(
          folder,
          EnumSet.of(FileVisitOption.FOLLOW_LINKS),
          Integer.MAX_VALUE,
          new SimpleFileVisitor<Path>() {
            @Override
            public FileVisitResult preVisitDirectory(Path place, BasicFileAttributes attributes)
                throws IOException {
              if (!place.equals(folder)
                  && Files.isSymbolicLink(place)
                  && root.startsWith(place.toRealPath())) {
                passedOver.add("links in a cycle", place.toString());
                return FileVisitResult.SKIP_SUBTREE;
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (attributes.isRegularFile()) {
                StringBuilder path = new StringBuilder();
                for (Path name : folder.relativize(file)) {
                  path.append(path.isEmpty() ? "" : "/").append(name);
                }
                files.put(path.toString(), file);
              } else {
                passedOver.add("broken links or special files", file.toString());
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path place, IOException e) throws IOException {
              if (e instanceof FileSystemLoopException) {
                passedOver.add("links in a cycle", place.toString());
                return FileVisitResult.CONTINUE;
              }
              throw e;
            }
          });
    } catch (IOException e) {
      throw DataException.unreadable(folder.toString(), e);
    }
    return files;
  }
}
