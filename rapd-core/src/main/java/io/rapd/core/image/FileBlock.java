package io.rapd.core.image;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A chunk of a PNG or WebP file, or a segment of a JPEG file.
 *
 * @param type four letters, or the JPEG marker in hexadecimal
 * @param file the whole file
 * @param start where the content starts in the file
 * @param length bytes of content
 */
@SuppressWarnings("ArrayRecordComponent") // not compared
record FileBlock(String type, byte[] file, int start, int length) {
  /** The first block of a type, or null if there is none. */
  static @Nullable FileBlock first(List<FileBlock> blocks, String type) {
    return blocks.stream().filter(block -> block.type.equals(type)).findFirst().orElse(null);
  }

  ByteBuffer buffer() {
    return ByteBuffer.wrap(file, start, length).slice();
  }

  byte[] content(int skipped) {
    return Arrays.copyOfRange(file, start + skipped, start + length);
  }

  InputStream stream(int skipped) {
    return new ByteArrayInputStream(file, start + skipped, length - skipped);
  }

  boolean startsWith(String text) {
    byte[] expected = text.getBytes(StandardCharsets.ISO_8859_1);
    return length >= expected.length
        && Arrays.equals(file, start, start + expected.length, expected, 0, expected.length);
  }
}
