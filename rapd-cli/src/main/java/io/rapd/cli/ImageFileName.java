package io.rapd.cli;

import static io.rapd.core.text.Messages.message;

import io.rapd.core.image.OutputFormat;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.zip.CRC32;

/**
 * File names by which a user knows prompt, seed and size: {@code red-apple_seed-1_512x512.png}.
 * Only lower-case letters, digits and hyphens of ASCII are kept, at most 60 of them; where that
 * loses anything of the prompt, its CRC-32 follows, so that different prompts have different names:
 * {@code red-apple-8f3c2a01_seed-1_512x512.png}.
 */
final class ImageFileName {
  private static final int LONGEST = 60;

  private ImageFileName() {}

  /** The file name of a generated image. */
  static String of(String prompt, long seed, ImageSize size, OutputFormat format) {
    return NamePattern.OF_PROMPTS.fileName(prompt, seed, size, 1, format);
  }

  /** The file name of an image's rendering: {@code NAME_from-64x64_512x512.png}. */
  static String ofReconstruction(
      String fileName, ImageSize encoded, ImageSize size, OutputFormat format) {
    return message("%s_from-%s_%s.%s", label(stem(fileName)), encoded, size, format.extension());
  }

  /** The file name of an enlarged image: {@code NAME_2000x1500.png}. */
  static String ofUpscaling(String fileName, ImageSize size, OutputFormat format) {
    return message("%s_%s.%s", label(stem(fileName)), size, format.extension());
  }

  private static String stem(String fileName) {
    int dot = fileName.lastIndexOf('.');
    return dot > 0 ? fileName.substring(0, dot) : fileName;
  }

  /** What of a prompt can be part of a file name. */
  static String label(String text) {
    String plain =
        Normalizer.normalize(text, Normalizer.Form.NFD)
            .replaceAll("\\p{M}+", "")
            .toLowerCase(java.util.Locale.ROOT)
            .replaceAll("[^a-z0-9]+", "-")
            .replaceAll("^-|-$", "");
    String label = plain.length() > LONGEST ? plain.substring(0, LONGEST) : plain;
    if (!label.isEmpty() && text.equals(label.replace('-', ' '))) {
      return label;
    }
    CRC32 crc = new CRC32();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return message("%s%08x", label.isEmpty() ? "" : label + "-", crc.getValue());
  }
}
