package io.rapd.core.image;

import static io.rapd.core.config.Messages.message;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import org.jspecify.annotations.Nullable;

/** The file formats that can be read, recognised by their first bytes, each with its decoder. */
enum ImageFormat {
  PNG {
    @Override
    ImageReader reader() {
      Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("png");
      if (!readers.hasNext()) {
        throw new IllegalStateException("this Java runtime has no PNG reader");
      }
      return readers.next();
    }

    /**
     * Checks the chunks, because the decoder ignores checksums and accepts files that end early.
     * Checksums of ancillary chunks are not checked.
     */
    @Override
    @Nullable String damage(byte[] bytes) {
      ByteBuffer chunks = ByteBuffer.wrap(bytes).position(8);
      while (chunks.remaining() >= 8) {
        long length = chunks.getInt() & 0xffffffffL;
        int type = chunks.getInt();
        if (length + 4 > chunks.remaining()) {
          return message("a chunk of %d bytes with %d bytes left", length, chunks.remaining());
        }
        if ((type & ANCILLARY) == 0 && !checksumHolds(chunks, (int) length)) {
          String letters = new String(bytes, chunks.position() - 4, 4, StandardCharsets.US_ASCII);
          return message("chunk %s with a wrong checksum", letters.replaceAll("\\W", "?"));
        }
        if (type == 0x49454e44) { // IEND
          return null;
        }
        chunks.position(chunks.position() + (int) length + 4);
      }
      return message("no end chunk in %d bytes", bytes.length);
    }

    /** Whether the checksum of a chunk with {@code length} bytes of content is right. */
    private static boolean checksumHolds(ByteBuffer chunks, int length) {
      CRC32 sum = new CRC32();
      sum.update(chunks.slice(chunks.position() - 4, length + 4));
      return (int) sum.getValue() == chunks.getInt(chunks.position() + length);
    }
  },

  JPEG {
    @Override
    ImageReader reader() throws IOException {
      // The reader of the Java runtime does not read CMYK.
      return JPEG_READER.createReaderInstance(null);
    }

    /** Looks for the end marker, because the decoder does not always warn if it is missing. */
    @Override
    @Nullable String damage(byte[] bytes) {
      int at = 2;
      while (at + 1 < bytes.length) {
        int marker = bytes[at + 1] & 0xff;
        if (bytes[at] != (byte) 0xff || marker == 0xff || !hasContent(marker)) {
          if (bytes[at] == (byte) 0xff && marker == END_OF_IMAGE) {
            return null;
          }
          at++; // compressed pixels, padding, a marker without content
        } else if (at + 3 < bytes.length) {
          at += 2 + (ByteBuffer.wrap(bytes).getShort(at + 2) & 0xffff);
        } else {
          break;
        }
      }
      return message("no end marker in %d bytes", bytes.length);
    }

    /** Whether a segment follows: not after 0 (an escaped byte of pixels) and 0xD0 to 0xD9. */
    private static boolean hasContent(int marker) {
      return marker > 0x01 && (marker < 0xd0 || marker > END_OF_IMAGE);
    }
  },

  WEBP {
    @Override
    ImageReader reader() {
      return new WebPImageReaderSpi().createReaderInstance(null);
    }

    @Override
    @Nullable String damage(byte[] bytes) {
      long length =
          8 + (ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(4) & 0xffffffffL);
      if (length > bytes.length) {
        return message("%d of the %d bytes that its header states", bytes.length, length);
      }
      boolean extended = bytes.length > 20 && holds(bytes, 12, WEBP_EXTENDED);
      return extended && (bytes[20] & ANIMATED) != 0 ? "an animation" : null;
    }
  };

  private static final JPEGImageReaderSpi JPEG_READER = registeredJpegReader();

  private static final int END_OF_IMAGE = 0xd9;
  private static final byte[] WEBP_EXTENDED = "VP8X".getBytes(StandardCharsets.US_ASCII);

  /** The flag of animated WebP files, which the decoder of libwebp refuses. */
  private static final int ANIMATED = 0x02;

  /** The bit of a PNG chunk's type that marks a chunk decoders may ignore. */
  private static final int ANCILLARY = 0x20000000;

  private static final byte[] PNG_START = HexFormat.of().parseHex("89504e470d0a1a0a");
  private static final byte[] JPEG_START = HexFormat.of().parseHex("ffd8ff");
  private static final byte[] RIFF = "RIFF".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] WEBP_NAME = "WEBP".getBytes(StandardCharsets.US_ASCII);

  /** A new decoder; decoders are not shared between threads. */
  abstract ImageReader reader() throws IOException;

  /** What shows that the file ends early or is damaged, or null if it looks intact. */
  abstract @Nullable String damage(byte[] bytes);

  /** The format of a file with this content, or null if it is none of these. */
  static @Nullable ImageFormat of(byte[] bytes) {
    if (holds(bytes, 0, PNG_START)) {
      return PNG;
    }
    if (holds(bytes, 0, JPEG_START)) {
      return JPEG;
    }
    return holds(bytes, 0, RIFF) && holds(bytes, 8, WEBP_NAME) ? WEBP : null;
  }

  /** The reader works only once it is registered, which Java does unless class loaders differ. */
  private static JPEGImageReaderSpi registeredJpegReader() {
    IIORegistry registry = IIORegistry.getDefaultInstance();
    JPEGImageReaderSpi reader = registry.getServiceProviderByClass(JPEGImageReaderSpi.class);
    if (reader == null) {
      reader = new JPEGImageReaderSpi();
      registry.registerServiceProvider(reader);
    }
    return reader;
  }

  private static boolean holds(byte[] bytes, int at, byte[] expected) {
    int end = at + expected.length;
    return bytes.length >= end && Arrays.equals(bytes, at, end, expected, 0, expected.length);
  }
}
