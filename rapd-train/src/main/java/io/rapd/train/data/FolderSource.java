package io.rapd.train.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Image files (png, jpg, jpeg, webp) in a folder and its subfolders, each with captions in a text
 * file of the same name: STEM.txt, one caption per line, or as {@link SampleFiles} says. Keys are
 * paths relative to the folder without extension, in order of their UTF-16 code units. Links are
 * followed, but not in a cycle; hidden files and folders (name starts with a dot) are ignored.
 */
final class FolderSource extends PairedFiles<Path> {
  /**
   * Lists the folder.
   *
   * @throws DataException as {@link ImageTextSource#open} does
   */
  FolderSource(Path folder, DataSelection selection) {
    this(folder, selection.withKey(KeyRule.EXTENSION), new PassedOver());
  }

  private FolderSource(Path folder, DataSelection selection, PassedOver passedOver) {
    super(
        "folder " + folder,
        folder.toString(),
        List.of(new Part<>("", pairs(folder, selection.files(), passedOver))),
        selection,
        passedOver,
        FolderSource::bytes,
        Path::toString);
  }

  private static Pairs<Path> pairs(Path folder, SampleFiles names, PassedOver passedOver) {
    Pairs<Path> pairs = new Pairs<>(names, Path::toString, passedOver);
    FolderWalk.files(folder, passedOver).forEach(pairs::add);
    return pairs;
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw DataException.unreadable(file.toString(), e);
    }
  }
}
