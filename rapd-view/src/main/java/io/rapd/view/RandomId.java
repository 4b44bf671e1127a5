package io.rapd.view;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Ids that cannot be guessed and never come twice, so that what they name can be cached. */
final class RandomId {
  private static final SecureRandom RANDOM = new SecureRandom();

  private RandomId() {}

  static String next() {
    byte[] bytes = new byte[12];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
