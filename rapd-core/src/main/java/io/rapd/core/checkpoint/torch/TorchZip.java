package io.rapd.core.checkpoint.torch;

import static io.rapd.core.text.Messages.message;

import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.MappedFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The archive that torch.save writes since PyTorch 1.6: under one top folder {@code data.pkl} and
 * {@code data/KEY} per storage, stored without compression. An entry that somebody has compressed
 * is unpacked into a temporary file when first read.
 */
final class TorchZip implements StorageMap {
  private static final String PICKLE = "data.pkl";

  /** A pickle holds names and sizes alone: a few MB for the largest models. */
  private static final long MOST_PICKLE_BYTES = 64L << 20;

  /** The last record of a zip archive, and how many bytes it and its comment may have. */
  private static final int END_OF_DIRECTORY = 0x06054b50;

  private static final int LONGEST_END = 22 + 0xffff;

  private final MappedFile file;
  private final ZipFile zip;
  private final Map<String, ZipArchiveEntry> entries = new HashMap<>();
  private final String top;
  private final Map<String, MappedFile> unpacked = new HashMap<>();

  /** Opens an archive; takes the file over. */
  TorchZip(MappedFile file) {
    this.file = file;
    this.zip = open(file);
    try {
      Enumeration<ZipArchiveEntry> all = zip.getEntries();
      while (all.hasMoreElements()) {
        ZipArchiveEntry entry = all.nextElement();
        if (entries.put(entry.getName(), entry) != null) {
          throw new CheckpointException(
              file.path() + ": zip entry " + entry.getName() + " is there twice");
        }
      }
      this.top = top();
      requireLittleEndian();
    } catch (RuntimeException e) {
      closeZip();
      throw e;
    }
  }

  private static ZipFile open(MappedFile file) {
    requireDirectory(file);
    try {
      return ZipFile.builder().setPath(file.path()).get();
    } catch (IOException | RuntimeException e) {
      // The library meets damage with whatever exception Java has for it.
      throw new CheckpointException(
          file.path() + ": is a damaged zip archive: " + e.getMessage(), e);
    }
  }

  /** The library would look for the end of the directory byte by byte. */
  private static void requireDirectory(MappedFile file) {
    int length = (int) Math.min(file.size(), LONGEST_END);
    ByteBuffer end = file.read(file.size() - length, length);
    for (int at = length - Integer.BYTES; at >= 0; at--) {
      if (end.getInt(at) == END_OF_DIRECTORY) {
        return;
      }
    }
    throw new CheckpointException(
        file.path() + ": is a zip archive that was cut short: it has no directory at its end");
  }

  private String top() {
    String found = null;
    for (String name : entries.keySet()) {
      if (name.equals(PICKLE) || name.endsWith("/" + PICKLE)) {
        String folder = name.substring(0, name.length() - PICKLE.length());
        if (found == null || folder.length() < found.length()) {
          found = folder;
        }
      }
    }
    if (found == null) {
      throw new CheckpointException(
          file.path() + ": is a zip archive without " + PICKLE + ", expected one of torch.save");
    }
    if (entries.containsKey(found + "constants.pkl")) {
      throw new CheckpointException(
          file.path() + ": is a TorchScript archive, expected a state_dict saved by torch.save");
    }
    return found;
  }

  private void requireLittleEndian() {
    ZipArchiveEntry order = entries.get(top + "byteorder");
    if (order != null) {
      String name = new String(content(order, 16), StandardCharsets.US_ASCII);
      if (!name.equals("little")) {
        throw new CheckpointException("%s: byteorder must be little, got %s", file.path(), name);
      }
    }
  }

  /** What {@code data.pkl} holds. */
  @Nullable Object root() {
    ZipArchiveEntry entry = entry(PICKLE);
    byte[] pickle = content(entry, MOST_PICKLE_BYTES);
    return TensorPickle.read(
        new PickleBytes(ByteBuffer.wrap(pickle)), file.path().toString(), StoredIds::storage);
  }

  private ZipArchiveEntry entry(String name) {
    ZipArchiveEntry entry = entries.get(top + name);
    if (entry == null) {
      throw new CheckpointException(file.path() + ": has no zip entry " + top + name);
    }
    return entry;
  }

  private byte[] content(ZipArchiveEntry entry, long most) {
    if (entry.getSize() < 0 || entry.getSize() > most) {
      throw new CheckpointException(
          "%s: zip entry %s has %d bytes, expected at most %d",
          file.path(), entry.getName(), entry.getSize(), most);
    }
    try (InputStream stream = zip.getInputStream(entry)) {
      // The size may be a lie in either direction; memory is taken for what is really there.
      byte[] bytes = stream.readNBytes((int) entry.getSize() + 1);
      if (bytes.length != entry.getSize()) {
        throw new IOException("it does not have the " + entry.getSize() + " bytes that it says");
      }
      return bytes;
    } catch (IOException | RuntimeException e) {
      throw damaged(entry, e);
    }
  }

  private CheckpointException damaged(ZipArchiveEntry entry, Exception e) {
    return new CheckpointException(
        message("%s: zip entry %s is damaged: %s", file.path(), entry.getName(), e.getMessage()),
        e);
  }

  @Override
  public void requireStorage(TorchStorage storage, String where) {
    ZipArchiveEntry entry = entries.get(top + "data/" + storage.key());
    if (entry == null) {
      throw new CheckpointException(
          "%s: its storage, zip entry %sdata/%s, is missing", where, top, storage.key());
    }
    long expected = (storage.first() + storage.elements()) * storage.type().bytes();
    if (entry.getSize() < expected) {
      throw new CheckpointException(
          "%s: its storage, zip entry %s, has %d bytes, expected %d (%d elements of %s)",
          where, entry.getName(), entry.getSize(), expected, storage.elements(), storage.type());
    }
    if (entry.getMethod() == ZipEntry.STORED) {
      long begin = begin(entry);
      if (begin < 0 || begin > file.size() - entry.getSize()) {
        throw new CheckpointException(
            "%s: its storage, zip entry %s, begins at byte %d and has %d bytes, but the file has %d",
            where, entry.getName(), begin, entry.getSize(), file.size());
      }
    } else if (entry.getMethod() != ZipEntry.DEFLATED) {
      throw new CheckpointException(
          "%s: its storage, zip entry %s, is compressed by method %d, expected none or deflate",
          where, entry.getName(), entry.getMethod());
    }
  }

  private long begin(ZipArchiveEntry entry) {
    try {
      // Finds the offset in the entry's own header.
      zip.getRawInputStream(entry).close();
      return entry.getDataOffset();
    } catch (IOException | RuntimeException e) {
      throw damaged(entry, e);
    }
  }

  @Override
  public synchronized Region region(TorchStorage storage) {
    ZipArchiveEntry entry = entry("data/" + storage.key());
    if (entry.getMethod() == ZipEntry.STORED) {
      return new Region(file, begin(entry), entry.getSize());
    }
    MappedFile whole = unpacked.get(entry.getName());
    if (whole == null) {
      whole = unpack(entry);
      unpacked.put(entry.getName(), whole);
    }
    return new Region(whole, 0, entry.getSize());
  }

  private MappedFile unpack(ZipArchiveEntry entry) {
    try (InputStream stream = zip.getInputStream(entry)) {
      return UnpackedStorage.of(stream, entry.getSize());
    } catch (IOException | RuntimeException e) {
      throw damaged(entry, e);
    }
  }

  private void closeZip() {
    try {
      zip.close();
    } catch (IOException e) {
      throw new CheckpointException(file.path() + ": cannot be closed: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    unpacked.values().forEach(MappedFile::close);
    file.close();
    closeZip();
  }
}
