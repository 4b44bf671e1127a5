package io.rapd.train.data;

import static io.rapd.core.config.Check.check;

import io.rapd.core.config.Default;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Which files of a data set are images and captions. Extensions are compared without case; {@code
 * jpg} also matches {@code s0.left.jpg}, and {@code left.jpg} chooses it among several images of
 * one key.
 *
 * @param image extensions of images, without the first dot
 * @param caption extensions of captions; where a sample has several, the first in this list counts
 * @param captionField of a {@code .json} caption: a string, or a list of alternatives
 * @param key where keys end
 */
public record SampleFiles(
    @Default("[\"png\", \"jpg\", \"jpeg\", \"webp\"]") List<String> image,
    @Default("[\"txt\"]") List<String> caption,
    @Default("caption") String captionField,
    @Default("auto") KeyRule key) {
  /** The defaults: png, jpg, jpeg and webp images with txt captions. */
  public static final SampleFiles DEFAULT =
      new SampleFiles(
          List.of("png", "jpg", "jpeg", "webp"), List.of("txt"), "caption", KeyRule.AUTO);

  public SampleFiles {
    check(!image.isEmpty(), "files.image must name at least one extension, got none");
    image = extensions("files.image", image);
    caption = extensions("files.caption", caption);
    check(!captionField.isBlank(), "files.captionField must not be blank");
    for (String extension : image) {
      check(
          !caption.contains(extension),
          "files.image and files.caption must differ, got \"%s\" in both",
          extension);
    }
  }

  private static List<String> extensions(String field, List<String> extensions) {
    for (String extension : extensions) {
      check(
          !extension.isBlank() && !extension.startsWith(".") && !extension.contains("/"),
          "%s must hold extensions such as \"jpg\" or \"input.jpg\", got \"%s\"",
          field,
          extension);
    }
    return extensions.stream().map(e -> e.toLowerCase(Locale.ROOT)).toList();
  }

  /** {@link #key}, with {@link KeyRule#AUTO} resolved. */
  SampleFiles withKey(KeyRule automatic) {
    return key == KeyRule.AUTO ? new SampleFiles(image, caption, captionField, automatic) : this;
  }

  /** A file's key and extension (lower case). */
  record Name(String key, String extension) {}

  /**
   * Splits a path within the set.
   *
   * @param path with / between folders
   * @return empty for hidden files and for names without an extension
   */
  Optional<Name> split(String path) {
    String plain = path.startsWith("./") ? path.substring(2) : path;
    int base = plain.lastIndexOf('/') + 1;
    if (hidden(plain)) {
      return Optional.empty();
    }
    int dot = key == KeyRule.FIRST_DOT ? plain.indexOf('.', base) : beforeExtension(plain, base);
    return dot <= base
        ? Optional.empty()
        : Optional.of(
            new Name(plain.substring(0, dot), plain.substring(dot + 1).toLowerCase(Locale.ROOT)));
  }

  /** Files of macOS ({@code ._x}, {@code .DS_Store}), of editors, and metadata of WebDataset. */
  private boolean hidden(String path) {
    for (String part : path.split("/", -1)) {
      if (part.startsWith(".") && !part.equals(".") && !part.equals("..")) {
        return true;
      }
    }
    int end = path.indexOf('/');
    String first = end < 0 ? path : path.substring(0, end);
    return key == KeyRule.FIRST_DOT && first.matches("__.*__");
  }

  private int beforeExtension(String path, int base) {
    String lower = path.toLowerCase(Locale.ROOT);
    int dot = path.lastIndexOf('.');
    for (List<String> extensions : List.of(image, caption)) {
      for (String extension : extensions) {
        int at = path.length() - extension.length() - 1;
        if (at > base && at < dot && lower.endsWith("." + extension)) {
          dot = at;
        }
      }
    }
    return dot;
  }

  /** Place of the first extension that matches, or -1. */
  static int match(List<String> extensions, String extension) {
    for (int i = 0; i < extensions.size(); i++) {
      if (extension.equals(extensions.get(i)) || extension.endsWith("." + extensions.get(i))) {
        return i;
      }
    }
    return -1;
  }
}
