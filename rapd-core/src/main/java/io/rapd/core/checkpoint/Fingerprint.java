package io.rapd.core.checkpoint;

import ai.djl.ndarray.NDArray;
import io.rapd.core.config.ConfigFile;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/** SHA-256 digests, in hexadecimal, that tell whether an input has changed. */
public final class Fingerprint {
  private Fingerprint() {}

  /** Of bytes. */
  public static String of(byte[] content) {
    return HexFormat.of().formatHex(sha256().digest(content));
  }

  /** Of a text in UTF-8. */
  public static String of(String text) {
    return of(text.getBytes(StandardCharsets.UTF_8));
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
