package io.rapd.cli;

import io.rapd.train.data.UnusableSamples;

/** Images that a command leaves out because they cannot be read. */
final class SkippedImages {
  /** Says each on standard error and goes on. */
  static final UnusableSamples LISTED =
      (sample, reason) -> System.err.println(reason.getMessage() + "; left out");

  private SkippedImages() {}
}
