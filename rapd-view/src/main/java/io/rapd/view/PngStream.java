package io.rapd.view;

import static io.rapd.core.config.Check.check;

import io.rapd.core.image.ImageBands;
import io.rapd.core.image.RgbImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * Writes an 8-bit sRGB PNG file from top to bottom, in memory that does not grow with its height
 * (PNG specification, third edition). Rows use the filter Up, which suits smooth images.
 */
final class PngStream implements AutoCloseable {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final byte FILTER_UP = 2;
  private static final int CHUNK = 1 << 16;

  private final OutputStream out;
  private final int height;
  private final int width;
  private final Deflater deflater = new Deflater(4);
  private final byte[] chunk = new byte[CHUNK];
  private final byte[] filtered;
  private byte[] above;
  private int rows;

  /**
   * Begins a file.
   *
   * @param out not closed by this stream
   */
  private PngStream(OutputStream out, int height, int width) throws IOException {
    this.out = out;
    this.height = height;
    this.width = width;
    this.above = new byte[RgbImage.CHANNELS * width];
    this.filtered = new byte[1 + above.length];
    out.write(SIGNATURE);
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    header.put((byte) 8).put((byte) 2); // 8 bits, RGB
    write("IHDR", header.array(), header.capacity());
    write("sRGB", new byte[] {0}, 1);
  }

  /**
   * Writes an image as it is computed: the next rows are asked for when the last ones are written.
   */
  static void write(ImageBands image, OutputStream out) throws IOException {
    try (PngStream stream = new PngStream(out, image.height(), image.width())) {
      while (stream.rows < image.height()) {
        stream.rows(image.next());
        out.flush();
      }
      stream.finish();
    }
  }

  /** An image as a file. */
  static byte[] encode(RgbImage image) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      write(ImageBands.of(image), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * Writes the next rows.
   *
   * @param band of the file's width
   */
  private void rows(RgbImage band) throws IOException {
    check(
        band.width() == width && rows + band.height() <= height,
        "expected at most %d rows of width %d, got %d x %d",
        height - rows,
        width,
        band.height(),
        band.width());
    byte[] rgb = band.toRgbBytes();
    int length = above.length;
    filtered[0] = FILTER_UP;
    for (int row = 0; row < band.height(); row++) {
      for (int i = 0; i < length; i++) {
        byte value = rgb[row * length + i];
        filtered[1 + i] = (byte) (value - above[i]);
        above[i] = value;
      }
      deflater.setInput(filtered);
      while (!deflater.needsInput()) {
        drain();
      }
    }
    rows += band.height();
  }

  /** Ends the file. */
  private void finish() throws IOException {
    check(rows == height, "expected %d rows, got %d", height, rows);
    deflater.finish();
    while (!deflater.finished()) {
      drain();
    }
    write("IEND", chunk, 0);
  }

  private void drain() throws IOException {
    int count = deflater.deflate(chunk);
    if (count > 0) {
      write("IDAT", chunk, count);
    }
  }

  private void write(String type, byte[] data, int length) throws IOException {
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    CRC32 sum = new CRC32();
    sum.update(name);
    sum.update(data, 0, length);
    out.write(ByteBuffer.allocate(4).putInt(length).array());
    out.write(name);
    out.write(data, 0, length);
    out.write(ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
  }

  /** Frees the deflater. */
  @Override
  public void close() {
    deflater.end();
  }
}
