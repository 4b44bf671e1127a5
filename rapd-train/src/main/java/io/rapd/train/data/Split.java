package io.rapd.train.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A fixed split of a data set. Take the first eight bytes of the SHA-256 of a sample's key (UTF-8)
 * as an unsigned big-endian integer modulo 100: below 90 is training, below 95 validation, the rest
 * test. Adding samples moves no other sample.
 */
public enum Split {
  /** Every sample. */
  ALL,
  /** About 90 %. */
  TRAIN,
  /** About 5 %. */
  VALIDATION,
  /** About 5 %. */
  TEST;

  /** Whether the sample with this key belongs to this split. */
  public boolean contains(String key) {
    return this == ALL || this == of(key);
  }

  /** The split of a key: {@link #TRAIN}, {@link #VALIDATION} or {@link #TEST}. */
  public static Split of(String key) {
    byte[] hash;
    try {
      hash = MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
    long percent = Long.remainderUnsigned(ByteBuffer.wrap(hash).getLong(), 100);
    return percent < 90 ? TRAIN : percent < 95 ? VALIDATION : TEST;
  }
}
