package io.rapd.train.data;

import static io.rapd.core.text.Messages.message;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Image and caption files paired by name, ordered by key.
 *
 * @param <F> a file: a path or an archive entry
 */
abstract sealed class PairedFiles<F> implements ImageTextSource
    permits FolderSource, WebDatasetSource, EmbeddedSource {
  private static final Set<String> IMAGE_EXTENSIONS = Set.of("png", "jpg", "jpeg", "webp");
  private static final String CAPTION_EXTENSION = "txt";

  /** One sample's files. */
  record Pair<F>(String key, F image, @Nullable F caption) {}

  private final String kind;
  private final Split split;
  private final List<Pair<F>> pairs;
  private final Function<F, byte[]> reader;
  private final Function<F, String> namer;

  /**
   * Pairs images with captions.
   *
   * @param kind kind and name of the set, for logs
   * @param set the set's name in error messages
   * @param files by path inside the set, with / between folders; other extensions are ignored
   * @throws DataException for a caption without an image, an image without a required caption, two
   *     images or captions of one key, an empty set or split
   */
  PairedFiles(
      String kind,
      String set,
      Map<String, F> files,
      Split split,
      boolean captionsRequired,
      Function<F, byte[]> reader,
      Function<F, String> namer) {
    this.kind = kind;
    this.split = split;
    this.reader = reader;
    this.namer = namer;
    TreeMap<String, F> images = new TreeMap<>();
    TreeMap<String, F> captions = new TreeMap<>();
    files.forEach(
        (path, file) -> {
          String plain = path.startsWith("./") ? path.substring(2) : path;
          int dot = plain.lastIndexOf('.');
          if (dot <= plain.lastIndexOf('/') || plain.startsWith(".") || plain.contains("/.")) {
            return; // without an extension, or hidden
          }
          String extension = plain.substring(dot + 1).toLowerCase(Locale.ROOT);
          String key = plain.substring(0, dot);
          if (IMAGE_EXTENSIONS.contains(extension)) {
            putOnce(images, key, file, "image");
          } else if (extension.equals(CAPTION_EXTENSION)) {
            putOnce(captions, key, file, "caption");
          }
        });
    captions.forEach(
        (key, caption) -> {
          if (!images.containsKey(key)) {
            throw new DataException(
                "%s: expected an image of the same name beside this caption, found none",
                namer.apply(caption));
          }
        });
    List<Pair<F>> found = new ArrayList<>();
    images.forEach(
        (key, image) -> {
          F caption = captions.get(key);
          if (caption == null && captionsRequired) {
            throw new DataException(
                "%s: expected a caption %s.%s beside this image, found none",
                namer.apply(image), key.substring(key.lastIndexOf('/') + 1), CAPTION_EXTENSION);
          }
          if (split.contains(key)) {
            found.add(new Pair<>(key, image, caption));
          }
        });
    if (found.isEmpty()) {
      throw new DataException(
          "%s: expected images (png, jpg, jpeg, webp), found %s",
          set,
          images.isEmpty() ? "none" : message("none of %d in the %s split", images.size(), split));
    }
    this.pairs = List.copyOf(found);
  }

  private void putOnce(Map<String, F> files, String key, F file, String kind) {
    F other = files.put(key, file);
    if (other != null) {
      throw new DataException(
          "%s: expected one %s of this name, found also %s",
          namer.apply(file), kind, namer.apply(other));
    }
  }

  @Override
  public final int size() {
    return pairs.size();
  }

  @Override
  public final String key(int index) {
    return pairs.get(index).key();
  }

  @Override
  public final Sample read(int index) {
    Pair<F> pair = pairs.get(index);
    return new Sample(pair.key(), reader.apply(pair.image()), namer.apply(pair.image()));
  }

  @Override
  public final List<String> captions(int index) {
    F caption = pairs.get(index).caption();
    return caption == null ? List.of() : lines(reader.apply(caption), namer.apply(caption));
  }

  private static List<String> lines(byte[] bytes, String name) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new DataException(message("%s: expected UTF-8 text, found other bytes", name), e);
    }
    List<String> lines =
        text.replace("\uFEFF", "").lines().map(String::strip).filter(l -> !l.isEmpty()).toList();
    if (lines.isEmpty()) {
      throw new DataException("%s: expected a caption, found a blank file", name);
    }
    return lines;
  }

  @Override
  public final String description() {
    return message("%s, split %s, %d samples", kind, split, size());
  }
}
