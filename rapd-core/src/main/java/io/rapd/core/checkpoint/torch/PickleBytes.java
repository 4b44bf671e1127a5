package io.rapd.core.checkpoint.torch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** The bytes of a pickle, with the position and what is left after it. */
final class PickleBytes extends InputStream {
  private final ByteBuffer bytes;

  PickleBytes(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  @Override
  public int read() {
    return bytes.hasRemaining() ? bytes.get() & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    if (!bytes.hasRemaining()) {
      return -1;
    }
    int count = Math.min(length, bytes.remaining());
    bytes.get(target, offset, count);
    return count;
  }

  /** The number of bytes read. */
  int position() {
    return bytes.position();
  }

  /**
   * Checks that a string is as short as what is left, before memory is taken for it. Reads nothing.
   *
   * @param prefix bytes of the little-endian length that comes next, 4 or 8
   * @param most the longest that is allowed
   */
  void requireLength(int prefix, long most) throws IOException {
    if (bytes.remaining() < prefix) {
      throw new IOException("it ends within a length");
    }
    long length = 0;
    for (int i = prefix - 1; i >= 0; i--) {
      length = (length << 8) | (bytes.get(bytes.position() + i) & 0xff);
    }
    long left = (long) bytes.remaining() - prefix;
    if (length < 0 || length > Math.min(left, most)) {
      throw new IOException(
          "a value of "
              + Long.toUnsignedString(length)
              + " bytes, expected at most "
              + Math.min(left, most));
    }
  }
}
