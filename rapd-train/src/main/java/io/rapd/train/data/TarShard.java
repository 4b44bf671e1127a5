package io.rapd.train.data;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;

/**
 * A tar archive, gzipped or not, with random access to its entries; holds only their offsets. A
 * gzipped one is unpacked into a temporary file while it is open.
 */
final class TarShard implements AutoCloseable {
  private static final int BLOCK = 512;
  private static final int GZIP_MAGIC = 0x1f8b;

  /** A file in a shard. */
  record Entry(TarShard shard, String name, long offset, int length) {
    /** The name in messages. */
    String label() {
      return shard.name + "!" + name;
    }

    byte[] bytes() {
      return shard.read(this);
    }
  }

  private final String name;
  private final TarContent content;

  private TarShard(String name, TarContent content) {
    this.name = name;
    this.content = content;
  }

  /**
   * Opens a file.
   *
   * @throws DataException where it cannot be read, or not be unpacked
   */
  static TarShard ofFile(Path file) {
    boolean packed = false;
    try {
      byte[] magic = new TarContent.InFile(file).read(0, 2);
      packed = magic.length == 2 && (((magic[0] & 0xff) << 8) | (magic[1] & 0xff)) == GZIP_MAGIC;
      return new TarShard(
          file.toString(), packed ? TarContent.Unpacked.of(file) : new TarContent.InFile(file));
    } catch (EOFException e) {
      throw new DataException(file + ": expected a whole .tar.gz, found its end (truncated)", e);
    } catch (IOException e) {
      if (packed && Files.isReadable(file)) {
        throw new DataException(
            file
                + ": cannot be unpacked into "
                + System.getProperty("java.io.tmpdir")
                + " (property java.io.tmpdir): "
                + DataException.reason(e),
            e);
      }
      throw DataException.unreadable(file.toString(), e);
    }
  }

  static TarShard ofBytes(String name, byte[] content) {
    return new TarShard(name, new TarContent.InMemory(content));
  }

  /** Whether the file was gzipped. */
  boolean unpacked() {
    return content instanceof TarContent.Unpacked;
  }

  String name() {
    return name;
  }

  /**
   * The regular files by name, in archive order; of several archives joined into one file, all.
   * Links are counted and passed over. A missing end-of-archive block is reported, as the file may
   * have lost entries at its end.
   *
   * @throws DataException if the archive is truncated within an entry, damaged, holds a name twice,
   *     or is followed by something else
   */
  Map<String, Entry> entries(PassedOver passedOver) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    try (SeekableByteChannel channel = content.open()) {
      long size = channel.size();
      long start = 0;
      boolean ended = size == 0;
      while (start < size) {
        long end = readArchive(channel, start, entries, passedOver);
        ended = end < size;
        if (ended && !zeros(end, (int) Math.min(BLOCK, size - end))) {
          throw new DataException(
              name
                  + ": expected the end-of-archive block of a tar at byte "
                  + end
                  + " of "
                  + size
                  + ", found other data");
        }
        start = afterZeros(end, size);
      }
      if (!ended || size == 0) {
        if (entries.isEmpty()) {
          throw new DataException(name + ": expected a tar archive, found an empty file");
        }
        System.getLogger(TarShard.class.getName())
            .log(
                System.Logger.Level.WARNING,
                name + ": has no end-of-archive block; it may have lost entries at its end");
      }
    } catch (DataException e) {
      throw e;
    } catch (NoSuchFileException e) { // it vanished since it was listed
      throw DataException.unreadable(name, e);
    } catch (IOException | IllegalArgumentException | ArithmeticException e) {
      throw new DataException(
          name + ": expected a tar archive, found " + DataException.reason(e), e);
    }
    return entries;
  }

  /** Reads the archive at {@code start}; returns where its last entry ends. */
  private long readArchive(
      SeekableByteChannel channel, long start, Map<String, Entry> entries, PassedOver passedOver)
      throws IOException {
    long size = channel.size();
    long end = start;
    try (TarFile tar = new TarFile(new TarSlice(channel, start))) {
      for (TarArchiveEntry entry : tar.getEntries()) {
        long offset = start + entry.getDataOffset();
        if (offset + entry.getSize() > size) {
          throw new DataException(
              name
                  + ": expected "
                  + entry.getSize()
                  + " bytes of entry "
                  + entry.getName()
                  + ", found the end of the archive (truncated)");
        }
        end = Math.max(end, offset + (entry.getSize() + BLOCK - 1) / BLOCK * BLOCK);
        if (entry.isLink() || entry.isSymbolicLink() || entry.isSparse()) {
          passedOver.add("links or sparse files", name + "!" + entry.getName());
        } else if (entry.isFile()) {
          Entry place = new Entry(this, entry.getName(), offset, Math.toIntExact(entry.getSize()));
          if (entries.put(entry.getName(), place) != null) {
            throw new DataException(
                name + ": expected distinct names, found entry " + entry.getName() + " twice");
          }
        }
      }
    }
    return end;
  }

  private boolean zeros(long from, int length) throws IOException {
    return Arrays.equals(content.read(from, length), new byte[length]);
  }

  /** Where the next archive starts; {@code size} where none follows. */
  private long afterZeros(long from, long size) throws IOException {
    long at = from;
    while (at < size && zeros(at, (int) Math.min(BLOCK, size - at))) {
      at += BLOCK;
    }
    return Math.min(at, size);
  }

  private byte[] read(Entry entry) {
    try {
      byte[] bytes = content.read(entry.offset(), entry.length());
      if (bytes.length < entry.length()) {
        throw new DataException(
            entry.label() + ": expected " + entry.length() + " bytes, found " + bytes.length);
      }
      return bytes;
    } catch (IOException e) {
      throw DataException.unreadable(entry.label(), e);
    }
  }

  @Override
  public void close() {
    content.close();
  }
}
