package io.rapd.train.prepare;

import io.rapd.core.checkpoint.Fingerprint;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NifConfig;
import io.rapd.nif.NifFolder;

/** What makes the latents of two fields the same: weights, structure and latent statistics. */
public final class FieldDigest {
  private FieldDigest() {}

  /** As in {@code sha256 3f...}; where the field lies and how it was trained do not count. */
  public static String of(NifFolder nif) {
    NifFolder.Description field = nif.description();
    return "sha256 "
        + Fingerprint.of(new Field(field.nif(), field.statistics()), nif.field().values());
  }

  /** What a field encodes with, besides its weights. */
  private record Field(NifConfig nif, LatentStatistics statistics) {}
}
