package io.rapd.core.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The segments of a JPEG file (ITU-T T.81, annex B; ICC.1, annex B.4, for profiles). */
final class JpegFile {
  private static final String EXIF = "Exif\0\0";
  private static final String ICC = "ICC_PROFILE\0";
  private static final int ICC_HEADER = 14;
  private static final int END_OF_IMAGE = 0xd9;
  private static final byte IGNORED = (byte) 0xef; // APP15

  private JpegFile() {}

  /**
   * The segments up to the end marker, which must be there, because the decoder does not always
   * warn if it is missing. What follows the end marker does not count.
   */
  static List<FileBlock> blocks(byte[] file) throws DamagedFileException {
    List<FileBlock> blocks = new ArrayList<>();
    int at = 2;
    while (at + 1 < file.length) {
      int marker = file[at + 1] & 0xff;
      if (file[at] != (byte) 0xff || marker == 0xff || !hasContent(marker)) {
        if (file[at] == (byte) 0xff && marker == END_OF_IMAGE) {
          return blocks;
        }
        at++; // compressed pixels, padding, a marker without content
      } else if (at + 3 < file.length) {
        int length = Math.max(2, ByteBuffer.wrap(file).getShort(at + 2) & 0xffff);
        String type = String.format(Locale.ROOT, "%02x", marker);
        if (at + 2 + length <= file.length) {
          blocks.add(new FileBlock(type, file, at + 4, length - 2));
        }
        at += 2 + length;
      } else {
        break;
      }
    }
    throw new DamagedFileException("no end marker in " + file.length + " bytes");
  }

  /** Whether a segment follows: not after 0 (an escaped byte of pixels) and 0xD0 to 0xD9. */
  private static boolean hasContent(int marker) {
    return marker > 0x01 && (marker < 0xd0 || marker > END_OF_IMAGE);
  }

  static ImageMetadata metadata(List<FileBlock> blocks, Consumer<String> warnings) {
    int orientation = 1;
    for (FileBlock block : blocks) {
      if (block.type().equals("e1") && block.startsWith(EXIF)) {
        orientation = ExifOrientation.of(block, EXIF.length(), warnings);
        break;
      }
    }
    return new ImageMetadata(profile(blocks, warnings), orientation);
  }

  /** The profile from its numbered parts, which may come in any order. */
  private static byte @Nullable [] profile(List<FileBlock> blocks, Consumer<String> warnings) {
    List<FileBlock> segments =
        blocks.stream().filter(b -> b.type().equals("e2") && b.startsWith(ICC)).toList();
    if (segments.isEmpty()) {
      return null;
    }
    int count = segments.get(0).length() < ICC_HEADER ? 0 : segments.get(0).buffer().get(13) & 0xff;
    @Nullable FileBlock[] parts = new FileBlock[count];
    for (FileBlock segment : segments) {
      int number = segment.length() < ICC_HEADER ? 0 : segment.buffer().get(12) & 0xff;
      if (number > 0 && number <= count) {
        parts[number - 1] = segment;
      }
    }
    ByteArrayOutputStream profile = new ByteArrayOutputStream();
    for (FileBlock part : parts) {
      if (part == null) {
        count = 0;
        break;
      }
      profile.writeBytes(part.content(ICC_HEADER));
    }
    if (count == 0) {
      warnings.accept("parts of the colour profile are missing; colours are read as sRGB");
      return null;
    }
    return profile.toByteArray();
  }

  /**
   * The file without profile and EXIF, for a decoder that would convert colours by its own rules
   * and stumble over damaged metadata.
   */
  static byte[] withoutMetadata(byte[] file, List<FileBlock> blocks) {
    byte[] plain = file.clone();
    for (FileBlock block : blocks) {
      if (block.type().equals("e1") || block.type().equals("e2")) {
        plain[block.start() - 3] = IGNORED;
      }
    }
    return plain;
  }

  /** Whether the image has four components: CMYK or YCCK. */
  static boolean isCmyk(List<FileBlock> blocks) {
    return blocks.stream()
        .filter(b -> b.type().matches("c[0-35-79-bd-f]") && b.length() > 5)
        .anyMatch(b -> b.buffer().get(5) == 4);
  }

  /** Whether an Adobe segment says that the four components are Y, Cb, Cr and K. */
  static boolean isYcck(List<FileBlock> blocks) {
    return blocks.stream()
        .filter(b -> b.type().equals("ee") && b.startsWith("Adobe") && b.length() > 11)
        .anyMatch(b -> b.buffer().get(11) == 2);
  }
}
