package io.rapd.train.data;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What makes two data sets the same wherever they lie: the number of samples and their keys. */
public final class SetIdentity {
  private SetIdentity() {}

  /** As in {@code 81 samples, keys sha256 3f...}. */
  public static String of(ImageTextSource source) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (int i = 0; i < source.size(); i++) {
        digest.update((source.key(i) + "\n").getBytes(StandardCharsets.UTF_8));
      }
      return source.size() + " samples, keys sha256 " + HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }
}
