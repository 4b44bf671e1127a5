package io.rapd.cli;

import io.rapd.core.image.ImageBands;
import io.rapd.core.image.ImageFileException;
import io.rapd.core.image.OutputFormat;
import io.rapd.core.image.RgbImageWriter;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The folder of {@code --out}. What can go wrong with it is found before anything is computed. */
final class OutputFolder {
  private final Path folder;

  private OutputFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * Makes sure that there is such a folder and that files can be written to it.
   *
   * @throws ImageFileException where not
   */
  static OutputFolder open(Path folder) {
    try {
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, ".rapd", ".tmp"));
    } catch (FileAlreadyExistsException e) {
      throw new ImageFileException(folder + ": expected an output folder, found a file", e);
    } catch (IOException e) {
      throw new ImageFileException(folder + ": expected a writable folder, found " + e, e);
    }
    return new OutputFolder(folder);
  }

  /**
   * The path of a file of that name; an older file will be replaced.
   *
   * @throws ImageFileException where a folder is in its place
   */
  Path place(String name) {
    Path file = folder.resolve(name);
    if (Files.isDirectory(file)) {
      throw new ImageFileException(file + ": expected a file or nothing, found a folder");
    }
    return file;
  }

  /** Whether there is a file of that name, which is complete as files are renamed when written. */
  boolean holds(String name) {
    return Files.isRegularFile(folder.resolve(name));
  }

  /** Writes an image file with texts by keyword, and returns its path. */
  Path write(ImageBands image, OutputFormat format, Map<String, String> texts, String name) {
    Path file = place(name);
    new RgbImageWriter().write(image, format, texts, file);
    return file;
  }
}
