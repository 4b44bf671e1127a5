package io.rapd.core.image;

import java.awt.Rectangle;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.awt.image.RenderedImage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;

/**
 * TIFF with 64-bit offsets (BigTIFF, version 43 of the header) for images that may pass 4 GiB,
 * which Java's own writer cannot hold: 8-bit RGB in tiles of 256 x 256, each deflated after
 * horizontal differencing. Written from top to bottom; the directory stands at the end of the file.
 */
final class BigTiff {
  static final int TILE = 256;

  private static final int ROW = RgbImage.CHANNELS * TILE;
  private static final int HEADER = 16;
  private static final int ENTRY = 20;

  /** Field types of TIFF, and BigTIFF's LONG8. */
  private enum Type {
    ASCII(2, 1),
    SHORT(3, 2),
    LONG(4, 4),
    LONG8(16, 8);

    private final int code;
    private final int bytes;

    Type(int code, int bytes) {
      this.code = code;
      this.bytes = bytes;
    }
  }

  /** An entry of the directory; values of at most 8 bytes stand in it. Values are read once. */
  private record Field(int tag, Type type, long count, ByteBuffer values) {
    static Field of(int tag, Type type, long... values) {
      ByteBuffer bytes = buffer(Math.max(8, type.bytes * values.length));
      for (long value : values) {
        switch (type) {
          case SHORT -> bytes.putShort((short) value);
          case LONG -> bytes.putInt((int) value);
          default -> bytes.putLong(value);
        }
      }
      return new Field(tag, type, values.length, bytes.rewind());
    }

    static Field text(int tag, String text) {
      byte[] characters = (text + '\0').getBytes(StandardCharsets.UTF_8);
      ByteBuffer bytes = buffer(Math.max(8, characters.length)).put(characters);
      return new Field(tag, Type.ASCII, characters.length, bytes.rewind());
    }
  }

  private final RandomAccessFile file;
  private final Deflater deflater = new Deflater();
  private final byte[] tile = new byte[TILE * ROW];
  private final byte[] deflated = new byte[2 * TILE * ROW]; // noise grows by less

  private BigTiff(RandomAccessFile file) {
    this.file = file;
  }

  /**
   * Writes an image.
   *
   * @param image 8-bit RGB, read from top to bottom once
   * @param description of its ImageDescription; empty for none
   * @param file empty
   */
  static void write(RenderedImage image, String description, RandomAccessFile file)
      throws IOException {
    BigTiff tiff = new BigTiff(file);
    try {
      tiff.write(image, description);
    } finally {
      tiff.deflater.end();
    }
  }

  private void write(RenderedImage image, String description) throws IOException {
    int across = (image.getWidth() + TILE - 1) / TILE;
    int down = (image.getHeight() + TILE - 1) / TILE;
    long[] offsets = new long[Math.multiplyExact(across, down)];
    long[] lengths = new long[offsets.length];
    long end = HEADER;
    file.seek(end);
    for (int i = 0; i < offsets.length; i++) {
      int left = i % across * TILE;
      int top = i / across * TILE;
      int length = deflate(image, left, top);
      file.write(deflated, 0, length);
      offsets[i] = end;
      lengths[i] = length;
      end += length;
    }
    List<Field> fields = new ArrayList<>();
    fields.add(Field.of(256, Type.LONG, image.getWidth()));
    fields.add(Field.of(257, Type.LONG, image.getHeight()));
    fields.add(Field.of(258, Type.SHORT, 8, 8, 8)); // bits per sample
    fields.add(Field.of(259, Type.SHORT, 8)); // compression: deflate
    fields.add(Field.of(262, Type.SHORT, 2)); // photometric: RGB
    if (!description.isEmpty()) {
      fields.add(Field.text(270, description));
    }
    fields.add(Field.of(277, Type.SHORT, RgbImage.CHANNELS));
    fields.add(Field.of(284, Type.SHORT, 1)); // planar configuration: interleaved
    fields.add(Field.of(317, Type.SHORT, 2)); // predictor: horizontal differencing
    fields.add(Field.of(322, Type.LONG, TILE));
    fields.add(Field.of(323, Type.LONG, TILE));
    fields.add(Field.of(324, Type.LONG8, offsets));
    fields.add(Field.of(325, Type.LONG8, lengths));
    directory(fields, end + (end & 1)); // at an even offset
  }

  private void directory(List<Field> fields, long start) throws IOException {
    ByteBuffer entries = buffer(8 + ENTRY * fields.size() + 8).putLong(fields.size());
    long beyond = start + entries.capacity();
    for (Field field : fields) {
      entries.putShort((short) field.tag).putShort((short) field.type.code).putLong(field.count);
      if (field.count * field.type.bytes <= 8) {
        entries.put(field.values);
      } else {
        entries.putLong(beyond);
        beyond = write(field.values, beyond);
        beyond += beyond & 1;
      }
    }
    write(entries.rewind(), start); // its last 8 bytes are 0: no further directory
    ByteBuffer header = buffer(HEADER).putShort((short) 0x4949).putShort((short) 43);
    write(header.putShort((short) 8).putShort((short) 0).putLong(start).rewind(), 0);
  }

  /** Writes all of a buffer and returns where it ends. */
  private long write(ByteBuffer bytes, long start) throws IOException {
    long at = start;
    while (bytes.hasRemaining()) {
      at += file.getChannel().write(bytes, at);
    }
    return at;
  }

  /** Deflates a tile, whose pixels outside the image are black, and returns the length. */
  private int deflate(RenderedImage image, int left, int top) {
    int width = Math.min(TILE, image.getWidth() - left);
    int height = Math.min(TILE, image.getHeight() - top);
    Raster part = image.getData(new Rectangle(left, top, width, height));
    byte[] pixels = ((DataBufferByte) part.getDataBuffer()).getData();
    Arrays.fill(tile, (byte) 0);
    int row = RgbImage.CHANNELS * width;
    for (int y = 0; y < height; y++) {
      System.arraycopy(pixels, y * row, tile, y * ROW, row);
    }
    for (int y = 0; y < height; y++) {
      for (int at = (y + 1) * ROW - 1; at >= y * ROW + RgbImage.CHANNELS; at--) {
        tile[at] -= tile[at - RgbImage.CHANNELS];
      }
    }
    deflater.reset();
    deflater.setInput(tile);
    deflater.finish();
    return deflater.deflate(deflated);
  }

  private static ByteBuffer buffer(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
