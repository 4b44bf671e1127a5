package io.rapd.core.image;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import io.rapd.core.torch.NativeRuntime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
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

    @Override
    List<FileBlock> blocks(byte[] file) throws DamagedFileException {
      return PngFile.blocks(file);
    }

    @Override
    ImageMetadata metadata(List<FileBlock> blocks, Consumer<String> warnings) {
      return PngFile.metadata(blocks, warnings);
    }
  },

  JPEG {
    @Override
    ImageReader reader() throws IOException {
      // The reader of the Java runtime does not read CMYK.
      return JPEG_READER.createReaderInstance(null);
    }

    @Override
    List<FileBlock> blocks(byte[] file) throws DamagedFileException {
      return JpegFile.blocks(file);
    }

    @Override
    ImageMetadata metadata(List<FileBlock> blocks, Consumer<String> warnings) {
      return JpegFile.metadata(blocks, warnings);
    }
  },

  WEBP {
    @Override
    ImageReader reader() {
      NativeRuntime.prepare(); // chooses where libwebp is unpacked
      return new WebPImageReaderSpi().createReaderInstance(null);
    }

    @Override
    List<FileBlock> blocks(byte[] file) throws DamagedFileException {
      return WebpFile.blocks(file);
    }

    @Override
    ImageMetadata metadata(List<FileBlock> blocks, Consumer<String> warnings) {
      return WebpFile.metadata(blocks, warnings);
    }
  };

  private static final JPEGImageReaderSpi JPEG_READER = registeredJpegReader();

  private static final byte[] PNG_START = HexFormat.of().parseHex("89504e470d0a1a0a");
  private static final byte[] JPEG_START = HexFormat.of().parseHex("ffd8ff");
  private static final byte[] RIFF = "RIFF".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] WEBP_NAME = "WEBP".getBytes(StandardCharsets.US_ASCII);

  /** A new decoder; decoders are not shared between threads. */
  abstract ImageReader reader() throws IOException;

  /**
   * The blocks of a file.
   *
   * @throws DamagedFileException if the file ends early or a block is damaged that the pixels need
   */
  abstract List<FileBlock> blocks(byte[] file) throws DamagedFileException;

  /** Profile and orientation. What cannot be read is reported and left out. */
  abstract ImageMetadata metadata(List<FileBlock> blocks, Consumer<String> warnings);

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
