package io.rapd.train.prepare;

import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.Fingerprint;
import io.rapd.train.data.Sample;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Images that are not the ones which something was prepared from. Thread-safe. */
final class ImageChanges {
  private final String kind;
  private final ShardSet prepared;
  private final Map<String, String> changed = new ConcurrentHashMap<>();

  /**
   * @param kind of the tensors
   * @param prepared has the fingerprint of each image beside its tensor
   */
  ImageChanges(String kind, ShardSet prepared) {
    this.kind = kind;
    this.prepared = prepared;
  }

  /** Compares an image that has been read. */
  void watch(Sample read) {
    String name = ShardSet.name(kind, read.key());
    Optional<String> then = prepared.metadata(name);
    if (then.isPresent()) {
      String now = Fingerprint.of(read.image());
      if (!now.equals(then.get())) {
        changed.put(
            read.key(),
            read.imageName()
                + " (sha256 "
                + now
                + ") has changed since "
                + prepared.require(name, read.key())
                + " was prepared from it (sha256 "
                + then.get()
                + "); remove that file and run rapd prepare again");
      }
    }
  }

  /**
   * Passes a key whose image has not been seen to change.
   *
   * @throws CheckpointException otherwise
   */
  void refuse(String key) {
    String change = changed.get(key);
    if (change != null) {
      throw new CheckpointException(change);
    }
  }
}
