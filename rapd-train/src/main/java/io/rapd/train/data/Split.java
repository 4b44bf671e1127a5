package io.rapd.train.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The fixed division of a data set: the first eight bytes of the SHA-256 of a sample's key (UTF-8)
 * as an unsigned big-endian number, modulo 100, is below 90 for training, below 95 for validation,
 * otherwise for the test. A sample stays where it is when others are added.
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

  /** Whether the sample of this key belongs to this part. */
  public boolean contains(String key) {
    return this == ALL || this == of(key);
  }

  /** The part that a key belongs to: {@link #TRAIN}, {@link #VALIDATION} or {@link #TEST}. */
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
