package io.rapd.models;

import static io.rapd.core.text.Messages.message;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A folder among the resources of a class. Its file {@code SHA256SUMS} lists the others, as {@code
 * sha256sum} writes them.
 */
final class PackedFolder {
  private static final String SUMS = "SHA256SUMS";

  private final Class<?> owner;
  private final String name;

  PackedFolder(Class<?> owner, String name) {
    this.owner = owner;
    this.name = name;
  }

  /**
   * The folder on disk, below {@code parent}; unpacked unless it is there. Its name ends with the
   * start of the SHA-256 of its list, so that each version of a model has a folder of its own.
   *
   * @param newFolder makes an empty folder to unpack into, in the file system of {@code parent}
   * @throws IllegalStateException where it is not among the resources, differs from its list, or
   *     cannot be written
   */
  Path unpack(Path parent, Supplier<Path> newFolder) {
    byte[] sums = read(SUMS);
    String digest = HexFormat.of().formatHex(sha256().digest(sums));
    Path target = parent.resolve(name + "-" + digest.substring(0, 12));
    if (Files.isDirectory(target)) { // it got its name when it was whole
      return target;
    }
    try {
      Files.createDirectories(parent);
      Path part = newFolder.get();
      try {
        copy(new String(sums, StandardCharsets.UTF_8), part);
        publish(part, target);
      } finally {
        delete(part);
      }
    } catch (IOException e) {
      throw new IllegalStateException(
          message("%s: the model %s cannot be unpacked: %s", parent, name, e), e);
    }
    return target;
  }

  private void copy(String sums, Path folder) throws IOException {
    for (String line : sums.lines().toList()) {
      String expected = line.substring(0, 64);
      String file = line.substring(66);
      Path target = folder.resolve(file);
      Files.createDirectories(target.resolveSibling("."));
      MessageDigest digest = sha256();
      try (InputStream in = open(file);
          DigestOutputStream out = new DigestOutputStream(Files.newOutputStream(target), digest)) {
        in.transferTo(out);
      }
      String found = HexFormat.of().formatHex(digest.digest());
      if (!found.equals(expected)) {
        throw new IllegalStateException(
            message("model %s: %s has the SHA-256 %s, expected %s", name, file, found, expected));
      }
    }
  }

  /** Another process may have been faster. */
  private static void publish(Path part, Path target) throws IOException {
    try {
      Files.move(part, target);
    } catch (IOException e) { // which one is up to the file system
      if (!Files.isDirectory(target)) {
        throw e;
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      List<Path> deepestFirst;
      try (Stream<Path> paths = Files.walk(folder)) {
        deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path path : deepestFirst) {
        Files.delete(path);
      }
    }
  }

  private byte[] read(String file) {
    try (InputStream in = open(file)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private InputStream open(String file) {
    InputStream in = owner.getResourceAsStream(name + "/" + file);
    if (in == null) {
      throw new IllegalStateException(
          message("the model %s is not in this build: no %s among the resources", name, file));
    }
    return in;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
