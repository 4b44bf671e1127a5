package io.rapd.core.image;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import org.jspecify.annotations.Nullable;

/** The file formats that are read, told apart by their first bytes, each with its decoder. */
enum Container {
  PNG {
    @Override
    ImageReader reader() {
      Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("png");
      if (!readers.hasNext()) {
        throw new IllegalStateException("this Java runtime has no PNG reader");
      }
      return readers.next();
    }

    /** Walks the chunks: the decoder would take a file that ends early for a complete one. */
    @Override
    @Nullable String missingPart(byte[] bytes) {
      ByteBuffer chunks = ByteBuffer.wrap(bytes).position(8);
      while (chunks.remaining() >= 8) {
        long length = chunks.getInt() & 0xffffffffL;
        int type = chunks.getInt();
        if (length + 4 > chunks.remaining()) {
          return "a chunk of %d bytes with %d bytes left".formatted(length, chunks.remaining());
        }
        if (type == 0x49454e44) { // IEND
          return null;
        }
        chunks.position(chunks.position() + (int) length + 4);
      }
      return "no end chunk in %d bytes".formatted(bytes.length);
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
  },

  WEBP {
    @Override
    ImageReader reader() {
      return new WebPImageReaderSpi().createReaderInstance(null);
    }

    @Override
    @Nullable String missingPart(byte[] bytes) {
      long length =
          8 + (ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(4) & 0xffffffffL);
      return length <= bytes.length
          ? null
          : "%d bytes of the %d that its header tells".formatted(bytes.length, length);
    }
  };

  private static final byte[] PNG_START = HexFormat.of().parseHex("89504e470d0a1a0a");
  private static final byte[] JPEG_START = HexFormat.of().parseHex("ffd8ff");
  private static final byte[] RIFF = "RIFF".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] WEBP_NAME = "WEBP".getBytes(StandardCharsets.US_ASCII);

  /** A new decoder; decoders are not shared between threads. */
  abstract ImageReader reader() throws IOException;

  /** What tells that the file ends early, or null where it looks complete. */
  @Nullable String missingPart(byte[] bytes) {
    return null;
  }

  /** The format of a file with this content, or null for any other. */
  static @Nullable Container of(byte[] bytes) {
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
