package io.rapd.core.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;

/** The chunks of a PNG file (PNG specification, third edition). */
final class PngFile {
  /** The bit of a chunk's type that marks a chunk decoders may ignore. */
  private static final int ANCILLARY = 0x20000000;

  private static final int MAX_PROFILE_BYTES = 16 << 20;

  private PngFile() {}

  /**
   * The chunks up to IEND. The decoder ignores checksums and accepts files that end early, so both
   * are checked here. Ancillary chunks with a wrong checksum are left out.
   */
  static List<FileBlock> blocks(byte[] file) throws DamagedFileException {
    List<FileBlock> blocks = new ArrayList<>();
    ByteBuffer chunks = ByteBuffer.wrap(file).position(8);
    while (chunks.remaining() >= 8) {
      long length = chunks.getInt() & 0xffffffffL;
      String type = new String(file, chunks.position(), 4, StandardCharsets.ISO_8859_1);
      boolean ancillary = (chunks.getInt() & ANCILLARY) != 0;
      if (length + 4 > chunks.remaining()) {
        throw new DamagedFileException(
            "a chunk of " + length + " bytes with " + chunks.remaining() + " bytes left");
      }
      FileBlock block = new FileBlock(type, file, chunks.position(), (int) length);
      boolean intact = checksumHolds(block);
      if (!intact && !ancillary) {
        throw new DamagedFileException(
            "chunk " + type.replaceAll("\\W", "?") + " with a wrong checksum");
      }
      if (type.equals("IEND")) {
        return blocks;
      }
      if (intact) {
        blocks.add(block);
      }
      chunks.position(chunks.position() + (int) length + 4);
    }
    throw new DamagedFileException("no end chunk in " + file.length + " bytes");
  }

  private static boolean checksumHolds(FileBlock block) {
    CRC32 sum = new CRC32();
    sum.update(block.file(), block.start() - 4, block.length() + 4);
    return (int) sum.getValue()
        == ByteBuffer.wrap(block.file()).getInt(block.start() + block.length());
  }

  static ImageMetadata metadata(List<FileBlock> blocks, Consumer<String> warnings) {
    FileBlock exif = FileBlock.first(blocks, "eXIf");
    return new ImageMetadata(
        profile(blocks, warnings), exif == null ? 1 : ExifOrientation.of(exif, 0, warnings));
  }

  /** iCCP counts before sRGB, and sRGB before gAMA and cHRM. */
  private static byte @Nullable [] profile(List<FileBlock> blocks, Consumer<String> warnings) {
    FileBlock embedded = FileBlock.first(blocks, "iCCP");
    if (embedded != null) {
      return inflated(embedded, warnings);
    }
    FileBlock gamma = FileBlock.first(blocks, "gAMA");
    if (gamma == null || FileBlock.first(blocks, "sRGB") != null) {
      return null;
    }
    FileBlock header = FileBlock.first(blocks, "IHDR");
    boolean grey = header != null && header.length() == 13 && (header.buffer().get(9) & 3) == 0;
    return MatrixProfile.of(gamma, FileBlock.first(blocks, "cHRM"), grey, warnings);
  }

  private static byte @Nullable [] inflated(FileBlock chunk, Consumer<String> warnings) {
    int name = 0;
    while (name < chunk.length() && chunk.file()[chunk.start() + name] != 0) {
      name++;
    }
    if (name + 2 > chunk.length()) {
      warnings.accept("the colour profile is cut short; colours are read as sRGB");
      return null;
    }
    try (InflaterInputStream stream = new InflaterInputStream(chunk.stream(name + 2))) {
      byte[] profile = stream.readNBytes(MAX_PROFILE_BYTES + 1);
      if (profile.length <= MAX_PROFILE_BYTES) {
        return profile;
      }
      warnings.accept("the colour profile is above 16 MiB; colours are read as sRGB");
    } catch (IOException e) {
      warnings.accept("the colour profile cannot be inflated; colours are read as sRGB");
    }
    return null;
  }
}
