package io.rapd.train.loop;

import java.nio.file.Path;
import java.util.Map;

/** The model that a stage trains, on the averaged weights. */
public interface StageModel {
  /**
   * Draws example images and measures on held-out data. Leaves parameters, gradients and the number
   * of arrays unchanged.
   *
   * @param image the PNG file to write
   * @return the measurements by name, for {@code metrics.jsonl}
   */
  Map<String, Double> preview(Path image);

  /**
   * Writes the model folder, replacing an older one.
   *
   * @param step the number of steps trained
   */
  void write(Path folder, long step);
}
