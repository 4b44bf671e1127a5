package io.rapd.core.image;

import static io.rapd.core.config.Check.check;

import java.util.Locale;

/** The formats that images are written in. */
public enum OutputFormat {
  /** Lossless, 8 bits per channel; written row by row. */
  PNG("png", Integer.MAX_VALUE, "png"),
  /** Lossy, quality 0.95; written row by row. */
  JPEG("jpg", 65_500, "jpeg"),
  /**
   * Lossless, in tiles of 256 x 256; written tile row by tile row. BigTIFF from 2 GiB of pixels on.
   */
  TIFF("tif", Integer.MAX_VALUE, "tiff"),
  /** Lossless; the encoder needs the whole image in memory. */
  WEBP("webp", 16_383, "webp");

  private final String extension;
  private final int longestSide;
  private final String otherName;

  OutputFormat(String extension, int longestSide, String otherName) {
    this.extension = extension;
    this.longestSide = longestSide;
    this.otherName = otherName;
  }

  /** The extension of files, without a dot. */
  public String extension() {
    return extension;
  }

  /**
   * The format of a name such as {@code png} or {@code jpeg}.
   *
   * @throws IllegalArgumentException for other names
   */
  public static OutputFormat of(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    for (OutputFormat format : values()) {
      if (lower.equals(format.extension) || lower.equals(format.otherName)) {
        return format;
      }
    }
    throw new IllegalArgumentException(
        "expected the format png, jpg, tif or webp, got \"" + name + "\"");
  }

  /**
   * Checks that a file of this format can hold an image.
   *
   * @throws IllegalArgumentException naming the limit
   */
  public void requireFits(int height, int width) {
    check(
        height <= longestSide && width <= longestSide,
        "%s images have at most %d pixels per side, got %d x %d; choose another format",
        this,
        longestSide,
        width,
        height);
  }

  /** Whether writing needs only some rows at a time. */
  public boolean streams() {
    return this != WEBP;
  }
}
