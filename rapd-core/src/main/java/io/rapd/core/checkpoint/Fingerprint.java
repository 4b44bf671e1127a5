package io.rapd.core.checkpoint;

import ai.djl.ndarray.NDArray;
import io.rapd.core.config.ConfigFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** SHA-256 digests, in hexadecimal, that tell whether an input has changed. */
public final class Fingerprint {
  private static final Pattern WEIGHT_FILE =
      Pattern.compile("config\\.json|.*\\.(safetensors|safetensors\\.index\\.json|pth|pt|bin)");

  private Fingerprint() {}

  /** Of bytes. */
  public static String of(byte[] content) {
    return HexFormat.of().formatHex(sha256().digest(content));
  }

  /** Of a text in UTF-8. */
  public static String of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Of a file's content. */
  public static String ofFile(Path file) throws IOException {
    MessageDigest digest = sha256();
    addContent(file, digest);
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * Of published weights: the content of a file, or names and contents of a folder's configuration
   * and weight files, wherever it lies.
   *
   * @throws CheckpointException where one cannot be read
   */
  public static String ofWeights(Path path) {
    MessageDigest digest = sha256();
    try {
      if (Files.isRegularFile(path)) {
        addContent(path, digest);
      } else {
        for (Path file : weightFiles(path)) {
          digest.update((file.getFileName() + "\n").getBytes(StandardCharsets.UTF_8));
          addContent(file, digest);
        }
      }
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be read: " + AtomicFile.describe(e), e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static List<Path> weightFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> WEIGHT_FILE.matcher(String.valueOf(file.getFileName())).matches())
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    }
  }

  private static void addContent(Path file, MessageDigest digest) throws IOException {
    ByteBuffer piece = ByteBuffer.allocate(1 << 20);
    try (FileChannel channel = FileChannel.open(file)) {
      while (channel.read(piece.clear()) >= 0) {
        digest.update(piece.flip());
      }
    }
  }

  /**
   * Of a network: names, shapes and values of its weights.
   *
   * @param config a record that counts as well
   */
  public static String of(Object config, Map<String, NDArray> values) {
    MessageDigest digest = sha256();
    digest.update(ConfigFile.write(config).getBytes(StandardCharsets.UTF_8));
    new TreeMap<>(values)
        .forEach(
            (name, array) -> {
              String head = name + " " + array.getShape() + "\n";
              digest.update(head.getBytes(StandardCharsets.UTF_8));
              digest.update(array.toByteBuffer(false));
            });
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
