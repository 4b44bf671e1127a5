package io.rapd.train.stage1;

import ai.djl.ndarray.NDManager;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.GradMode;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NeuralImageField;
import io.rapd.train.data.CentreSquare;
import io.rapd.train.data.EpochSampler;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.UnusableSamples;
import java.util.List;

/** The per-channel statistics of z over a training set (paper section 3.4). */
final class LatentSurvey {
  private LatentSurvey() {}

  /**
   * Encodes centre squares of the encoder's input size; a larger set is sampled by the seed.
   * Unreadable images are left out.
   */
  static LatentStatistics of(
      NeuralImageField field,
      ImageTextSource source,
      Stage1Config config,
      NDManager manager,
      UnusableSamples unusable) {
    ImageCache images = new ImageCache(source, 0, new CentreSquare(config.crop().encoderSize()));
    EpochSampler sampler = new EpochSampler(source.size(), config.loop().seed());
    LatentStatistics.Accumulator accumulator =
        new LatentStatistics.Accumulator(field.encoder().channels());
    int count = Math.min(config.statisticsImages(), source.size());
    for (int i = 0; i < count; i++) {
      RgbImage image;
      try {
        image = images.image(sampler.index(i));
      } catch (IllegalArgumentException e) {
        unusable.add(source.key(sampler.index(i)), e);
        continue;
      }
      try (NDManager scope = manager.newSubManager();
          GradMode plain = GradMode.disabled()) {
        accumulator.add(field.encode(ImageTensors.stack(List.of(image), scope)));
      }
    }
    return accumulator.finish();
  }
}
