package io.rapd.core.checkpoint.torch;

import ai.djl.ndarray.NDArray;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes files as torch.save does, of float32 arrays by name or of any pickle. */
public final class TorchSave {
  private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();

  private TorchSave() {}

  /** A state_dict in the zip format. */
  public static Path zip(Path file, Map<String, NDArray> values) {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put("data.pkl", stateDict(values));
    entries.put("byteorder", "little".getBytes(StandardCharsets.US_ASCII));
    int key = 0;
    for (NDArray array : values.values()) {
      entries.put("data/" + key++, bytes(array));
    }
    entries.put("version", "3\n".getBytes(StandardCharsets.US_ASCII));
    return zipOf(file, ZipEntry.STORED, entries);
  }

  /** A state_dict in the format before PyTorch 1.6. */
  public static Path legacy(Path file, Map<String, NDArray> values) {
    TorchSave save = new TorchSave();
    save.raw(new byte[] {(byte) 0x80, 2, (byte) 0x8a, 10});
    save.raw(new byte[] {0x6c, (byte) 0xfc, (byte) 0x9c, 0x46, (byte) 0xf9});
    save.raw(new byte[] {0x20, 0x6a, (byte) 0xa8, 0x50, 0x19, '.'});
    save.raw(new byte[] {(byte) 0x80, 2}).text("M").raw(new byte[] {(byte) 0xe9, 3, '.'});
    save.raw(new byte[] {(byte) 0x80, 2}).text("}.");
    save.raw(stateDict(values));
    save.raw(new byte[] {(byte) 0x80, 2}).text("](");
    for (int key = 0; key < values.size(); key++) {
      save.string(Integer.toString(key));
    }
    save.text("e.");
    for (NDArray array : values.values()) {
      save.raw(
          ByteBuffer.allocate(Long.BYTES)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(array.size())
              .array());
      save.raw(bytes(array));
    }
    return write(file, save.pickle.toByteArray());
  }

  /** A zip archive of those entries under one top folder. */
  static Path zipOf(Path file, int method, Map<String, byte[]> entries) {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.setMethod(method);
      for (Map.Entry<String, byte[]> each : entries.entrySet()) {
        ZipEntry entry = new ZipEntry("archive/" + each.getKey());
        if (method == ZipEntry.STORED) {
          CRC32 crc = new CRC32();
          crc.update(each.getValue());
          entry.setCrc(crc.getValue());
          entry.setSize(each.getValue().length);
        }
        zip.putNextEntry(entry);
        zip.write(each.getValue());
        zip.closeEntry();
      }
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A zip file of that pickle and one storage, {@code data/0}, of so many zero bytes. */
  static Path pickled(Path file, byte[] pickle, int storage) {
    return zipOf(file, ZipEntry.STORED, Map.of("data.pkl", pickle, "data/0", new byte[storage]));
  }

  private static byte[] stateDict(Map<String, NDArray> values) {
    TorchSave save = new TorchSave();
    save.raw(new byte[] {(byte) 0x80, 2}).text("ccollections\nOrderedDict\n)R");
    int key = 0;
    for (Map.Entry<String, NDArray> each : values.entrySet()) {
      long[] shape = each.getValue().getShape().getShape();
      save.string(each.getKey()).text("ctorch._utils\n_rebuild_tensor_v2\n((").string("storage");
      save.text("ctorch\nFloatStorage\n").string(Integer.toString(key++)).string("cpu");
      save.integer(each.getValue().size()).text("tQ").integer(0).text("(");
      for (long size : shape) {
        save.integer(size);
      }
      save.text("t(");
      for (int axis = 0; axis < shape.length; axis++) {
        save.integer(each.getValue().getShape().slice(axis + 1).size());
      }
      save.text("t").raw(new byte[] {(byte) 0x89}).text("ccollections\nOrderedDict\n)RtRs");
    }
    return save.text(".").pickle.toByteArray();
  }

  private static byte[] bytes(NDArray array) {
    ByteBuffer values = array.toByteBuffer(false);
    byte[] bytes = new byte[values.remaining()];
    values.get(bytes);
    return bytes;
  }

  private static Path write(Path file, byte[] bytes) {
    try {
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private TorchSave raw(byte[] bytes) {
    pickle.writeBytes(bytes);
    return this;
  }

  private TorchSave text(String operations) {
    return raw(operations.getBytes(StandardCharsets.ISO_8859_1));
  }

  private TorchSave string(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    return text("X").little(bytes.length).raw(bytes);
  }

  private TorchSave integer(long value) {
    return text("J").little(Math.toIntExact(value));
  }

  private TorchSave little(int value) {
    return raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }
}
