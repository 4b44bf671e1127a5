package io.rapd.core.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** A reader of BigTIFF after its specification: tiles of 8-bit RGB, deflated with predictor 2. */
record BigTiffFile(ByteBuffer bytes, Map<Integer, Integer> entries) {
  static BigTiffFile read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    expect(bytes.getLong(0), 0x0008_002b_4949L);
    int directory = (int) bytes.getLong(8);
    Map<Integer, Integer> entries = new HashMap<>();
    int count = (int) bytes.getLong(directory);
    int last = 0;
    for (int i = 0; i < count; i++) {
      int at = directory + 8 + 20 * i;
      int tag = bytes.getShort(at) & 0xffff;
      if (tag <= last) {
        throw new IOException("entries are not in order: " + last + ", " + tag);
      }
      last = tag;
      entries.put(tag, at);
    }
    expect(bytes.getLong(directory + 8 + 20 * count), 0);
    return new BigTiffFile(bytes, entries);
  }

  private static void expect(long found, long expected) throws IOException {
    if (found != expected) {
      throw new IOException("expected " + expected + ", found " + found);
    }
  }

  long[] values(int tag) {
    int at = entries.get(tag);
    int size = Map.of(2, 1, 3, 2, 4, 4, 16, 8).get((int) bytes.getShort(at + 2));
    int count = (int) bytes.getLong(at + 4);
    int start = count * size <= 8 ? at + 12 : (int) bytes.getLong(at + 12);
    long[] values = new long[count];
    for (int i = 0; i < count; i++) {
      int place = start + i * size;
      values[i] =
          switch (size) {
            case 1 -> bytes.get(place);
            case 2 -> bytes.getShort(place);
            case 4 -> bytes.getInt(place);
            default -> bytes.getLong(place);
          };
    }
    return values;
  }

  /** Without the zero at its end. */
  String text(int tag) {
    long[] values = values(tag);
    byte[] characters = new byte[values.length - 1];
    for (int i = 0; i < characters.length; i++) {
      characters[i] = (byte) values[i];
    }
    return new String(characters, StandardCharsets.UTF_8);
  }

  byte[] pixels() throws IOException, DataFormatException {
    int width = (int) values(256)[0];
    int height = (int) values(257)[0];
    int side = (int) values(322)[0];
    expect(values(259)[0], 8);
    expect(values(317)[0], 2);
    long[] offsets = values(324);
    long[] lengths = values(325);
    int across = (width + side - 1) / side;
    byte[] pixels = new byte[3 * width * height];
    for (int i = 0; i < offsets.length; i++) {
      byte[] tile = new byte[3 * side * side];
      Inflater inflater = new Inflater();
      inflater.setInput(bytes.slice((int) offsets[i], (int) lengths[i]));
      expect(inflater.inflate(tile), tile.length);
      inflater.end();
      for (int at = 0; at < tile.length; at++) {
        int column = at / 3 % side;
        tile[at] += column == 0 ? 0 : tile[at - 3];
        int x = i % across * side + column;
        int y = i / across * side + at / 3 / side;
        if (x < width && y < height) {
          pixels[3 * (y * width + x) + at % 3] = tile[at];
        }
      }
    }
    return pixels;
  }
}
