package io.rapd.core.checkpoint;

import static io.rapd.core.text.Messages.message;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Writes a checkpoint folder beside its place and renames it there when it is whole and on the
 * disk. While {@code NAME} is written it is {@code .NAME.new}; while it replaces an older one, that
 * is {@code .NAME.old}. A crash between the two renames leaves {@code .NAME.old}, which {@link
 * #recover} puts back. One process writes a folder at a time.
 */
public final class AtomicFolder {

  /** Fills the folder that it is given. */
  @FunctionalInterface
  public interface Content {
    void writeTo(Path folder) throws IOException;
  }

  private AtomicFolder() {}

  /**
   * Writes or replaces a folder; missing parents are created.
   *
   * @throws CheckpointException where it cannot be written, or where something is in the way that
   *     is not a checkpoint (a folder with a {@code config.json} beside plain files and further
   *     checkpoints, or an empty one); an older folder is untouched then
   */
  public static void write(Path target, Content content) {
    Path place = target.toAbsolutePath().normalize();
    Path parent = place.getParent();
    if (parent == null) {
      throw new CheckpointException(target + ": cannot be a checkpoint folder");
    }
    Path fresh = sibling(place, ".new");
    Path old = sibling(place, ".old");
    try {
      Files.createDirectories(parent);
      recover(place);
      requireReplaceable(target);
      delete(fresh);
      Files.createDirectory(fresh);
      content.writeTo(fresh);
      sync(fresh);
      exchange(fresh, place, old);
      AtomicFile.syncFolder(parent);
      delete(old);
    } catch (IOException e) {
      throw new CheckpointException(target + ": cannot be written: " + AtomicFile.describe(e), e);
    } finally {
      deleteQuietly(fresh);
    }
  }

  private static void exchange(Path fresh, Path place, Path old) throws IOException {
    boolean replaces = Files.exists(place);
    if (replaces) {
      delete(old);
      AtomicFile.move(place, old);
    }
    try {
      AtomicFile.move(fresh, place);
    } catch (IOException e) {
      if (replaces) {
        AtomicFile.move(old, place);
      }
      throw e;
    }
  }

  /**
   * Puts the older folder back where a crash has left the place of {@code target} empty. Does
   * nothing otherwise. {@link ModelFolder} does this before it opens a folder.
   *
   * @throws CheckpointException where the older folder cannot be renamed
   */
  public static void recover(Path target) {
    Path place = target.toAbsolutePath().normalize();
    if (place.getParent() == null) {
      return;
    }
    Path old = sibling(place, ".old");
    if (Files.notExists(place) && Files.isDirectory(old)) {
      try {
        AtomicFile.move(old, place);
      } catch (IOException e) {
        throw new CheckpointException(
            message("%s: cannot be recovered from %s: %s", target, old, AtomicFile.describe(e)), e);
      }
    }
  }

  private static Path sibling(Path place, String ending) {
    return place.resolveSibling("." + place.getFileName() + ending);
  }

  /** A mistyped output path must not cost its owner a folder of other things. */
  private static void requireReplaceable(Path target) throws IOException {
    if (Files.notExists(target)) {
      return;
    }
    if (!Files.isDirectory(target)) {
      throw new CheckpointException(
          target + ": is a file, expected a checkpoint folder or nothing");
    }
    if (!isCheckpoint(target)) {
      throw new CheckpointException(
          target + ": will not be replaced: it is not empty and not a checkpoint folder");
    }
  }

  private static boolean isCheckpoint(Path folder) throws IOException {
    List<Path> children;
    try (Stream<Path> found = Files.list(folder)) {
      children = found.toList();
    }
    if (!children.isEmpty() && !Files.isRegularFile(folder.resolve("config.json"))) {
      return false;
    }
    for (Path child : children) {
      if (!Files.isRegularFile(child) && !(Files.isDirectory(child) && isCheckpoint(child))) {
        return false;
      }
    }
    return true;
  }

  private static void sync(Path folder) throws IOException {
    try (Stream<Path> children = Files.walk(folder)) {
      for (Path child : children.sorted(Comparator.reverseOrder()).toList()) {
        if (Files.isDirectory(child)) {
          AtomicFile.syncFolder(child);
        } else {
          try (FileChannel channel = FileChannel.open(child, StandardOpenOption.WRITE)) {
            channel.force(true);
          }
        }
      }
    }
  }

  /**
   * Removes a checkpoint folder: renames it to {@code .NAME.new}, so that a crash leaves no part
   * under its name, and deletes that.
   *
   * @throws CheckpointException where something cannot be removed
   */
  public static void remove(Path target) {
    Path place = target.toAbsolutePath().normalize();
    Path fresh = sibling(place, ".new");
    try {
      delete(fresh);
      AtomicFile.move(place, fresh);
      delete(fresh);
    } catch (IOException e) {
      throw new CheckpointException(target + ": cannot be removed: " + AtomicFile.describe(e), e);
    }
  }

  /**
   * Deletes what an interrupted {@link #write} or {@link #remove} of a folder left beside it. What
   * {@link #recover} needs stays.
   *
   * @throws CheckpointException where something cannot be deleted
   */
  public static void discardUnfinished(Path target) {
    Path place = target.toAbsolutePath().normalize();
    recover(place);
    try {
      delete(sibling(place, ".new"));
      delete(sibling(place, ".old"));
    } catch (IOException e) {
      throw new CheckpointException(target + ": cannot be removed: " + AtomicFile.describe(e), e);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.notExists(folder)) {
      return;
    }
    try (Stream<Path> children = Files.walk(folder)) {
      for (Path child : children.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(child);
      }
    }
  }

  private static void deleteQuietly(Path folder) {
    try {
      delete(folder);
    } catch (IOException e) {
      // The earlier failure is the one to report; the next write deletes the rest.
      return;
    }
  }
}
