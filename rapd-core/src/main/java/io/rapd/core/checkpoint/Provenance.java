package io.rapd.core.checkpoint;

import java.util.Objects;

/**
 * Where a trained model comes from.
 *
 * @param library name and version of this library
 * @param data the training set
 * @param seed of the run
 * @param step how many steps it was trained
 */
public record Provenance(String library, String data, long seed, long step) {
  /** A model trained by this library. */
  public static Provenance of(String data, long seed, long step) {
    String version =
        Objects.requireNonNullElse(
            Provenance.class.getPackage().getImplementationVersion(), "development");
    return new Provenance("rapd " + version, data, seed, step);
  }
}
