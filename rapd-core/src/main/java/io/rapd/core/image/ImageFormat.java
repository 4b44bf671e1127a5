package io.rapd.core.image;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import org.jspecify.annotations.Nullable;

/** The file formats that are read, told apart by their first bytes, each with its decoder. */
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
     * Walks the chunks: the decoder takes a file that ends early for a complete one and looks at no
     * checksum. Those of chunks that only describe the image may be wrong.
     */
    @Override
    @Nullable String damage(byte[] bytes) {
      ByteBuffer chunks = ByteBuffer.wrap(bytes).position(8);
      while (chunks.remaining() >= 8) {
        long length = chunks.getInt() & 0xffffffffL;
        int type = chunks.getInt();
        if (length + 4 > chunks.remaining()) {
          return "a chunk of %d bytes with %d bytes left".formatted(length, chunks.remaining());
        }
        if ((type & ANCILLARY) == 0 && !sumsUp(chunks, (int) length)) {
          String letters = new String(bytes, chunks.position() - 4, 4, StandardCharsets.US_ASCII);
          return "chunk %s with a wrong checksum".formatted(letters.replaceAll("\\W", "?"));
        }
        if (type == 0x49454e44) { // IEND
          return null;
        }
        chunks.position(chunks.position() + (int) length + 4);
      }
      return "no end chunk in %d bytes".formatted(bytes.length);
    }

    /** Whether the checksum after so many bytes is that of the chunk's type and content. */
    private static boolean sumsUp(ByteBuffer chunks, int length) {
      CRC32 sum = new CRC32();
      sum.update(chunks.slice(chunks.position() - 4, length + 4));
      return (int) sum.getValue() == chunks.getInt(chunks.position() + length);
    }
  },

  JPEG {
    @Override
    ImageReader reader() throws IOException {
      // Not the runtime's own reader, which knows no CMYK.
      JPEGImageReaderSpi provider =
          IIORegistry.getDefaultInstance().getServiceProviderByClass(JPEGImageReaderSpi.class);
      if (provider == null) {
        ImageIO.scanForPlugins();
        provider =
            IIORegistry.getDefaultInstance().getServiceProviderByClass(JPEGImageReaderSpi.class);
      }
      if (provider == null) {
        throw new IllegalStateException("the JPEG reader imageio-jpeg is not on the class path");
      }
      return provider.createReaderInstance(null);
    }

    /** Looks for the end marker: the decoder does not always warn where it is missing. */
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
      return "no end marker in %d bytes".formatted(bytes.length);
    }

    /** Whether a length and as many bytes follow: not for 0, a byte of pixels, and D0 to D9. */
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
        return "%d bytes of the %d that its header tells".formatted(bytes.length, length);
      }
      boolean extended = bytes.length > 20 && holds(bytes, 12, WEBP_EXTENDED);
      return extended && (bytes[20] & ANIMATED) != 0 ? "an animation" : null;
    }
  };

  private static final int END_OF_IMAGE = 0xd9;
  private static final byte[] WEBP_EXTENDED = "VP8X".getBytes(StandardCharsets.US_ASCII);

  /** The bit of a WebP file's flags that is set for animations, which libwebp's decoder refuses. */
  private static final int ANIMATED = 0x02;

  /** The bit of a PNG chunk's type that is set for those a decoder may pass over. */
  private static final int ANCILLARY = 0x20000000;

  private static final byte[] PNG_START = HexFormat.of().parseHex("89504e470d0a1a0a");
  private static final byte[] JPEG_START = HexFormat.of().parseHex("ffd8ff");
  private static final byte[] RIFF = "RIFF".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] WEBP_NAME = "WEBP".getBytes(StandardCharsets.US_ASCII);

  /** A new decoder; decoders are not shared between threads. */
  abstract ImageReader reader() throws IOException;

  /** What tells that the file ends early or is damaged, or null where it looks intact. */
  @Nullable String damage(byte[] bytes) {
    return null;
  }

  /** The format of a file with this content, or null for any other. */
  static @Nullable ImageFormat of(byte[] bytes) {
    if (holds(bytes, 0, PNG_START)) {
      return PNG;
    }
    if (holds(bytes, 0, JPEG_START)) {
      return JPEG;
    }
    return holds(bytes, 0, RIFF) && holds(bytes, 8, WEBP_NAME) ? WEBP : null;
  }

  private static boolean holds(byte[] bytes, int at, byte[] expected) {
    if (bytes.length < at + expected.length) {
      return false;
    }
    for (int i = 0; i < expected.length; i++) {
      if (bytes[at + i] != expected[i]) {
        return false;
      }
    }
    return true;
  }
}
