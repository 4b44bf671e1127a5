package io.rapd.train.data;

import static io.rapd.core.text.Messages.message;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;
import org.apache.commons.compress.utils.SeekableInMemoryByteChannel;

/** A tar archive with random access to its entries; holds only their offsets. */
final class TarShard {
  private static final int BLOCK = 512;

  /** A file in a shard. */
  record Entry(TarShard shard, String name, long offset, int length) {
    /** The name in error messages. */
    String label() {
      return shard.name + "!" + name;
    }

    byte[] bytes() {
      return shard.read(this);
    }
  }

  /** Opens a channel per read: concurrent readers must not share a position. */
  private interface Opener {
    SeekableByteChannel open() throws IOException;
  }

  private final String name;
  private final Opener opener;

  private TarShard(String name, Opener opener) {
    this.name = name;
    this.opener = opener;
  }

  static TarShard ofFile(Path file) {
    return new TarShard(file.toString(), () -> FileChannel.open(file, StandardOpenOption.READ));
  }

  static TarShard ofBytes(String name, byte[] content) {
    return new TarShard(name, () -> new SeekableInMemoryByteChannel(content));
  }

  /**
   * The regular files by name, in archive order.
   *
   * @throws DataException if the archive is truncated or damaged, or holds a name twice
   */
  Map<String, Entry> entries() {
    Map<String, Entry> entries = new LinkedHashMap<>();
    // Closing an in-memory channel does not affect others on the same bytes.
    try (SeekableByteChannel channel = opener.open()) {
      long size = channel.size();
      long end = 0;
      try (TarFile tar = new TarFile(channel)) {
        for (TarArchiveEntry entry : tar.getEntries()) {
          long padded = (entry.getSize() + BLOCK - 1) / BLOCK * BLOCK;
          end = Math.max(end, entry.getDataOffset() + padded);
          if (end > size) {
            throw new DataException(
                "%s: expected %d bytes of entry %s, found the end of the archive (truncated)",
                name, entry.getSize(), entry.getName());
          }
          if (entry.isLink() || entry.isSymbolicLink() || entry.isSparse()) {
            throw new DataException(
                "%s: expected plain files, found the link or sparse file %s",
                name, entry.getName());
          }
          if (entry.isFile()) {
            Entry place =
                new Entry(
                    this, entry.getName(), entry.getDataOffset(), Math.toIntExact(entry.getSize()));
            if (entries.put(entry.getName(), place) != null) {
              throw new DataException(
                  "%s: expected distinct names, found entry %s twice", name, entry.getName());
            }
          }
        }
        checkEnd(channel, end);
      }
    } catch (DataException e) {
      throw e;
    } catch (IOException | IllegalArgumentException | ArithmeticException e) {
      throw new DataException(
          message(
              "%s: expected a tar archive, found %s",
              name, String.valueOf(e.getMessage()).replaceAll("\\s+", " ")),
          e);
    }
    return entries;
  }

  /** A tar ends with blocks of zeros; a truncated one does not. */
  private void checkEnd(SeekableByteChannel channel, long end) throws IOException {
    if (!Arrays.equals(bytes(channel, end, BLOCK), new byte[BLOCK])) {
      throw new DataException(
          "%s: expected the end-of-archive block of a tar at byte %d of %d, found none (truncated)",
          name, end, channel.size());
    }
  }

  private byte[] read(Entry entry) {
    try (SeekableByteChannel channel = opener.open()) {
      byte[] bytes = bytes(channel, entry.offset(), entry.length());
      if (bytes.length < entry.length()) {
        throw new DataException(
            "%s: expected %d bytes, found %d", entry.label(), entry.length(), bytes.length);
      }
      return bytes;
    } catch (IOException e) {
      throw DataException.unreadable(entry.label(), e);
    }
  }

  /** {@code length} bytes from a position, or fewer at the channel's end. */
  private static byte[] bytes(SeekableByteChannel channel, long position, int length)
      throws IOException {
    byte[] bytes = new byte[length];
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    channel.position(position);
    while (buffer.hasRemaining() && channel.read(buffer) >= 0) {}
    return buffer.hasRemaining() ? Arrays.copyOf(bytes, buffer.position()) : bytes;
  }

  /** The entries of several shards; names must be distinct across them. */
  static Map<String, Entry> entries(Iterable<TarShard> shards) {
    Map<String, Entry> all = new LinkedHashMap<>();
    for (TarShard shard : shards) {
      shard
          .entries()
          .forEach(
              (path, entry) -> {
                Entry other = all.put(path, entry);
                if (other != null) {
                  throw new DataException(
                      "%s: expected a name of its own, found also %s",
                      entry.label(), other.label());
                }
              });
    }
    return all;
  }
}
