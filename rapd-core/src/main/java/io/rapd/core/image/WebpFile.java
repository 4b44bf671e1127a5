package io.rapd.core.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The chunks of a WebP file (RFC 9649, section 2). */
final class WebpFile {
  private static final int ANIMATED = 0x02;
  private static final String EXIF = "Exif\0\0";

  private WebpFile() {}

  /** The chunks in the length that the header states, which the file must have. */
  static List<FileBlock> blocks(byte[] file) throws DamagedFileException {
    ByteBuffer chunks = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    long end = 8 + (chunks.getInt(4) & 0xffffffffL);
    if (end > file.length) {
      throw new DamagedFileException(
          file.length + " of the " + end + " bytes that its header states");
    }
    List<FileBlock> blocks = new ArrayList<>();
    long at = 12;
    while (at + 8 <= end) {
      long length = chunks.getInt((int) at + 4) & 0xffffffffL;
      if (at + 8 + length > end) {
        break; // the decoder says whether the pixels are complete
      }
      String type = new String(file, (int) at, 4, StandardCharsets.ISO_8859_1);
      blocks.add(new FileBlock(type, file, (int) at + 8, (int) length));
      at += 8 + length + length % 2;
    }
    FileBlock extended = FileBlock.first(blocks, "VP8X");
    if (extended != null && extended.length() > 0 && (extended.buffer().get() & ANIMATED) != 0) {
      throw new DamagedFileException("an animation, which is not a single image");
    }
    return blocks;
  }

  static ImageMetadata metadata(List<FileBlock> blocks, Consumer<String> warnings) {
    FileBlock profile = FileBlock.first(blocks, "ICCP");
    FileBlock exif = FileBlock.first(blocks, "EXIF");
    // Some writers put the prefix of JPEG's EXIF segments before the data.
    int skipped = exif != null && exif.startsWith(EXIF) ? EXIF.length() : 0;
    return new ImageMetadata(
        profile == null ? null : profile.content(0),
        exif == null ? 1 : ExifOrientation.of(exif, skipped, warnings));
  }
}
