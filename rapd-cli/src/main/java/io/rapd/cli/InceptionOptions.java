package io.rapd.cli;

import io.rapd.eval.metric.InceptionFeatures;
import io.rapd.eval.metric.Patches;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The network of Frechet distances, as a picocli mixin. */
final class InceptionOptions {
  @Option(
      names = "--inception",
      paramLabel = "FILE",
      description =
          "InceptionV3 as TorchScript, such as inception-2015-12-05.pt, for Frechet distances"
              + " (default: none)")
  private @Nullable Path inception;

  @Option(
      names = "--inception-sha256",
      paramLabel = "HEX",
      description = "the digest that this file must have (default: any; it is reported)")
  private @Nullable String digest;

  @Option(
      names = "--patch",
      paramLabel = "N",
      description =
          "also compare patches of N x N pixels, for details that vanish at Inception's 299 pixels"
              + " (default: whole images alone)")
  private @Nullable Integer patch;

  boolean given() {
    return inception != null;
  }

  /** Loads the network, if it is given. */
  Optional<InceptionFeatures> load(ai.djl.Device device) {
    return Optional.ofNullable(inception)
        .map(file -> InceptionFeatures.load(file, Optional.ofNullable(digest), device));
  }

  /** The patches, if they are asked for. */
  Optional<Patches> patches() {
    return Optional.ofNullable(patch).map(Patches::new);
  }
}
