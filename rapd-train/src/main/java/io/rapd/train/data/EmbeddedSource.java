package io.rapd.train.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The embedded set fluent-emoji: Microsoft's Fluent emoji (3D, 256 x 256, WebP with alpha) with
 * English labels and tags. The shards are class path resources, loaded once per JVM. Origin and
 * licences: README.md beside the shards.
 */
public final class EmbeddedSource extends PairedFiles<TarShard.Entry> {
  private static final String FOLDER = "fluent-emoji/";

  /** Loaded on first use. */
  private static final class Shards {
    static final List<TarShard> ALL =
        new String(resource("shards.sha256"), StandardCharsets.US_ASCII)
            .lines()
            .map(line -> line.substring(line.lastIndexOf(' ') + 1))
            .map(name -> TarShard.ofBytes(EMBEDDED_FLUENT_EMOJI + "/" + name, resource(name)))
            .toList();
  }

  /** Opens a split of the set. */
  public EmbeddedSource(Split split) {
    this(DataSelection.of(split, true).withKey(KeyRule.FIRST_DOT), new PassedOver());
  }

  private EmbeddedSource(DataSelection selection, PassedOver passedOver) {
    super(
        EMBEDDED_FLUENT_EMOJI,
        EMBEDDED_FLUENT_EMOJI,
        WebDatasetSource.parts(Shards.ALL, selection.files(), passedOver),
        selection,
        passedOver,
        TarShard.Entry::bytes,
        TarShard.Entry::label);
  }

  private static byte[] resource(String name) {
    try (InputStream stream = EmbeddedSource.class.getResourceAsStream(FOLDER + name)) {
      if (stream == null) {
        throw new IllegalStateException(FOLDER + name + " is not on the class path");
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw DataException.unreadable(EMBEDDED_FLUENT_EMOJI + "/" + name, e);
    }
  }
}
