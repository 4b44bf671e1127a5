package io.rapd.train.loop;

import java.nio.file.Path;
import java.util.Map;

/** The model that a stage trains, on the averaged weights. */
public interface StageModel extends HeldOut {
  /**
   * Draws example images and measures on held-out data. Leaves parameters, gradients and the number
   * of arrays unchanged.
   *
   * @param image the PNG file to write
   * @return the measurements by name, for {@code metrics.jsonl}
   */
  Map<String, Double> preview(Path image);

  @Override
  default int every() {
    return 0;
  }

  @Override
  default Map<String, Double> measure() {
    return Map.of();
  }

  /** Measures what {@link #write} needs besides the weights; all ranks do so together. */
  default void complete() {}

  /**
   * Writes the model folder after {@link #complete}, replacing an older one.
   *
   * @param step the number of steps trained
   */
  void write(Path folder, long step);
}
