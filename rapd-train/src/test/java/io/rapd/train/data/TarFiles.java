package io.rapd.train.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** A tar archive in memory; names of any length, twice if asked for. */
public final class TarFiles {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, 512);
  private final Map<String, Integer> ends = new LinkedHashMap<>();

  public TarFiles() {
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setAddPaxHeadersForNonAsciiNames(true);
  }

  public TarFiles put(String name, byte[] content) {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(content.length);
    return put(entry, content);
  }

  public TarFiles put(String name, String content) {
    return put(name, content.getBytes(StandardCharsets.UTF_8));
  }

  TarFiles putLink(String name, String target) {
    TarArchiveEntry entry = new TarArchiveEntry(name, TarArchiveEntry.LF_SYMLINK);
    entry.setLinkName(target);
    return put(entry, new byte[0]);
  }

  private TarFiles put(TarArchiveEntry entry, byte[] content) {
    try {
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
      tar.flush();
      ends.put(entry.getName(), bytes.size());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return this;
  }

  /** Where each entry ends, its padding included. */
  Map<String, Integer> ends() {
    return ends;
  }

  public byte[] bytes() {
    try {
      tar.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bytes.toByteArray();
  }
}
