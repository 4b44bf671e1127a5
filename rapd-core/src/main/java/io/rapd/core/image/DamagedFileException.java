package io.rapd.core.image;

import java.io.IOException;

/** A file that ends early or is damaged; the message says what was found. */
final class DamagedFileException extends IOException {
  private static final long serialVersionUID = 1L;

  DamagedFileException(String found) {
    super(found);
  }
}
