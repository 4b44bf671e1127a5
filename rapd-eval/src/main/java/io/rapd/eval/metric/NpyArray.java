package io.rapd.eval.metric;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A float array in NumPy's {@code .npy} format, versions 1 to 3. ND4J's own reader is unsound. */
final class NpyArray {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int MAX_HEADER = 1 << 16;
  private static final int ALIGNMENT = 64;
  private static final Pattern TYPE = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
  private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9, ]*)\\)");

  private final int[] shape;
  private final double[] values;

  /** Takes over the arrays; the values are row-major. */
  NpyArray(int[] shape, double[] values) {
    this.shape = shape;
    this.values = values;
  }

  /** The length of each axis. */
  int[] shape() {
    return shape;
  }

  /** The values in the order of the file. */
  double[] values() {
    return values;
  }

  String shapeText() {
    return Arrays.toString(shape);
  }

  /**
   * Reads an array of float32 or float64.
   *
   * @param name for messages
   * @param limit of bytes of values
   * @throws IllegalArgumentException if it is another array or damaged
   */
  static NpyArray read(String name, InputStream stream, long limit) throws IOException {
    byte[] start = stream.readNBytes(MAGIC.length + 2);
    check(
        start.length == MAGIC.length + 2
            && Arrays.equals(MAGIC, Arrays.copyOf(start, MAGIC.length)),
        "%s is no NumPy array",
        name);
    int width = start[MAGIC.length] == 1 ? Short.BYTES : Integer.BYTES;
    ByteBuffer size = ByteBuffer.wrap(Arrays.copyOf(stream.readNBytes(width), Integer.BYTES));
    int length = size.order(ByteOrder.LITTLE_ENDIAN).getInt();
    check(length >= 0 && length <= MAX_HEADER, "%s has a header of %d bytes", name, length);
    String header = new String(stream.readNBytes(length), StandardCharsets.ISO_8859_1);
    Matcher type = TYPE.matcher(header);
    Matcher axes = SHAPE.matcher(header);
    check(type.find() && axes.find(), "%s has an unreadable header", name);
    boolean wide = type.group(1).endsWith("f8");
    check(
        type.group(1).matches("[<>]f[48]"),
        "%s must hold float32 or float64, got %s",
        name,
        type.group(1));
    int[] shape =
        Arrays.stream(axes.group(1).split(","))
            .map(String::strip)
            .filter(axis -> !axis.isEmpty())
            .mapToInt(Integer::parseInt)
            .toArray();
    long count = 1;
    for (int axis : shape) {
      count = Math.multiplyExact(count, axis);
    }
    long bytes = Math.multiplyExact(count, wide ? Double.BYTES : Float.BYTES);
    check(bytes <= limit && bytes < Integer.MAX_VALUE - 8, "%s holds %d bytes", name, bytes);
    byte[] data = stream.readNBytes((int) bytes);
    check(
        data.length == bytes && stream.read() < 0,
        "%s must hold %d bytes of values for the shape (%s)",
        name,
        bytes,
        axes.group(1));
    ByteOrder order =
        type.group(1).startsWith("<") ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    ByteBuffer buffer = ByteBuffer.wrap(data).order(order);
    double[] values = new double[(int) count];
    for (int i = 0; i < values.length; i++) {
      values[i] = wide ? buffer.getDouble() : buffer.getFloat();
    }
    return new NpyArray(shape, values);
  }

  /** The array as a file of version 1, float64, little endian. */
  byte[] bytes() {
    StringBuilder axes = new StringBuilder();
    for (int axis : shape) {
      axes.append(axis).append(", ");
    }
    String text =
        message(
            "{'descr': '<f8', 'fortran_order': False, 'shape': (%s), }", axes.toString().strip());
    int start = MAGIC.length + 2 + Short.BYTES;
    int whole = (start + text.length() + ALIGNMENT) / ALIGNMENT * ALIGNMENT;
    String header = text + " ".repeat(whole - start - text.length() - 1) + "\n";
    ByteBuffer buffer =
        ByteBuffer.allocate(whole + Double.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.put(MAGIC).put((byte) 1).put((byte) 0).putShort((short) header.length());
    buffer.put(header.getBytes(StandardCharsets.ISO_8859_1));
    for (double value : values) {
      buffer.putDouble(value);
    }
    return buffer.array();
  }
}
