package io.rapd.core.torch;

import static io.rapd.core.text.Messages.message;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs TorchScript source into an archive for {@code torch.jit.load}: a zip file with uncompressed
 * entries that holds a class, a stateless object of it, and no constants.
 */
final class TorchScriptArchive {
  private static final Pattern METHOD = Pattern.compile("(?m)^def (\\w+)\\(self");

  /** The number of lines in the class before its first method. */
  static final int LINES_BEFORE_METHODS = 4;

  private TorchScriptArchive() {}

  /**
   * The archive of a module class.
   *
   * @param name the class name
   * @param methods its methods, not indented: {@code def forward(self, x: Tensor) -> Tensor:}
   */
  static byte[] pack(String name, String methods) {
    String typed = METHOD.matcher(methods).replaceAll("def $1(self: __torch__." + name);
    String source =
        message(
                """
        class %s(Module):
          __parameters__ = []
          __buffers__ = []
          training : bool
        """,
                name)
            + typed.indent(2);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      store(zip, name + "/version", "3\n".getBytes(StandardCharsets.UTF_8));
      store(zip, name + "/code/__torch__.py", source.getBytes(StandardCharsets.UTF_8));
      store(zip, name + "/data.pkl", pickledObject(name));
      store(zip, name + "/constants.pkl", new byte[] {(byte) 0x80, 2, ')', '.'});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /**
   * Pickle protocol 2 of an object of class {@code __torch__.NAME} with state {training: False}.
   */
  private static byte[] pickledObject(String name) {
    ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    pickle.writeBytes(new byte[] {(byte) 0x80, 2});
    pickle.writeBytes(("c__torch__\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
    pickle.writeBytes(new byte[] {')', (byte) 0x81, '}', '(', 'X', 8, 0, 0, 0});
    pickle.writeBytes("training".getBytes(StandardCharsets.UTF_8));
    pickle.writeBytes(new byte[] {(byte) 0x89, 'u', 'b', '.'});
    return pickle.toByteArray();
  }

  private static void store(ZipOutputStream zip, String path, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(path);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(crc.getValue());
    entry.setTime(0);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }
}
