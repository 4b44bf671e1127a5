package io.rapd.train.tensorboard;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A message in the wire format of protocol buffers, field by field. Only the wire types that event
 * files need: varint (0), 64-bit (1), length-delimited (2) and 32-bit (5).
 */
final class ProtoMessage {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** An int32, int64 or enum field. */
  ProtoMessage integer(int field, long value) {
    tag(field, 0);
    varint(value);
    return this;
  }

  /** A double field. */
  ProtoMessage float64(int field, double value) {
    tag(field, 1);
    bytes.writeBytes(littleEndian(Double.BYTES).putDouble(value).array());
    return this;
  }

  /** A float field. */
  ProtoMessage float32(int field, float value) {
    tag(field, 5);
    bytes.writeBytes(littleEndian(Float.BYTES).putFloat(value).array());
    return this;
  }

  /** A bytes field. */
  ProtoMessage bytes(int field, byte[] value) {
    tag(field, 2);
    varint(value.length);
    bytes.writeBytes(value);
    return this;
  }

  /** A string field. */
  ProtoMessage text(int field, String value) {
    return bytes(field, value.getBytes(StandardCharsets.UTF_8));
  }

  /** A field that is a message. */
  ProtoMessage message(int field, ProtoMessage value) {
    return bytes(field, value.toBytes());
  }

  byte[] toBytes() {
    return bytes.toByteArray();
  }

  private void tag(int field, int wireType) {
    varint((long) field << 3 | wireType);
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes.write((int) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    bytes.write((int) rest);
  }

  private static ByteBuffer littleEndian(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
