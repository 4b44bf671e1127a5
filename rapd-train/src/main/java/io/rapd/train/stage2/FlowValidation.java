package io.rapd.train.stage2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.HostRead;
import io.rapd.dit.Denoiser;
import io.rapd.dit.flow.FlowMatchingLoss;
import io.rapd.dit.flow.FlowPath;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.NifFolder;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.ResizeConfig;
import io.rapd.train.data.UnusableSamples;
import io.rapd.train.loop.MicroBatch;
import io.rapd.train.loop.Ranks;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The flow-matching loss of a denoiser on held-out images with their first captions, the central
 * square of each. Noise and times are drawn as in training, but are the same in every measurement
 * and belong to the image, so that measurements differ by the weights alone. Ranks divide the
 * images.
 */
final class FlowValidation {
  static final String NAME = "validationFlow";

  private final Stage2Config config;
  private final ImageTextSource source;
  private final ResizeConfig resize;
  private final ImageCache images;
  private final Latents latents;
  private final TextEncoder text;
  private final Ranks ranks;
  private final FlowMatchingLoss loss;

  FlowValidation(Stage2Config config, NifFolder nif, TextEncoder text, Ranks ranks) {
    this.config = config;
    this.text = text;
    this.ranks = ranks;
    source = config.data().openValidation(true);
    ResizeConfig trained = config.data().resize();
    resize = new ResizeConfig(trained.skipSmall(), trained.halve(), ResizeConfig.Crop.CENTRE);
    images =
        new ImageCache(source, ImageCache.heapShare(), resize.fit(config.denoiser().latentSize()));
    latents = new LatentCache(nif, ImageCache.heapShare());
    loss = new FlowMatchingLoss(config.flow().prediction());
  }

  /** A held-out image. */
  private record Held(String key, RgbImage image, String caption) {}

  /**
   * The mean loss, {@value #NAME}.
   *
   * @param denoiser whose loss to measure
   * @param unusable is told of samples that cannot be read; later ones take their place
   * @throws IllegalArgumentException where no image can be used
   */
  Map<String, Double> measure(Denoiser denoiser, NDManager manager, UnusableSamples unusable) {
    List<Held> all = held(unusable);
    List<Held> own = ranks.share().of(all);
    double[] sum = {0};
    try (GradMode off = GradMode.disabled();
        NDManager scope = manager.newSubManager()) {
      for (int draw = 1; draw <= config.validation().draws(); draw++) {
        // Training draws for steps from 1 on.
        NoiseGenerator.Draws draws =
            config
                .generator()
                .at(config.flow(), config.loop().seed(), -draw, all.size(), ranks.share());
        for (int first = 0; first < own.size(); first += config.microBatch()) {
          int end = Math.min(own.size(), first + config.microBatch());
          try (NDManager micro = scope.newSubManager()) {
            sum[0] +=
                (end - first)
                    * of(denoiser, own, draws, new MicroBatch(first, end, own.size(), micro));
          }
        }
      }
    }
    ranks.sum(sum);
    return Map.of(NAME, sum[0] / all.size() / config.validation().draws());
  }

  private double of(
      Denoiser denoiser, List<Held> own, NoiseGenerator.Draws draws, MicroBatch micro) {
    NDManager scope = micro.scope();
    List<Held> part = micro.of(own);
    NDArray times = draws.times(micro); // (b)
    NDArray noise = draws.noise(micro, config.denoiser().latentShape()); // (b, C, R, R)
    NDArray latent =
        latents.latents(
            part.stream().map(Held::key).toList(), part.stream().map(Held::image).toList(), scope);
    NDArray states = text.encode(part.stream().map(Held::caption).toList(), scope);
    FlowPath path = new FlowPath(latent, noise);
    NDArray noisy = path.at(times);
    return HostRead.scalar(loss.of(denoiser.forward(noisy, times, states), path, noisy, times));
  }

  /** The first images that can be used. */
  private List<Held> held(UnusableSamples unusable) {
    int side = config.denoiser().latentSize();
    List<Held> held = new ArrayList<>();
    for (int i = 0; i < source.size() && held.size() < config.validation().images(); i++) {
      String key = source.key(i);
      try {
        RgbImage image = images.image(i);
        if (!resize.skips(image, side)) {
          held.add(new Held(key, image, source.captions(i).get(0)));
        }
      } catch (IllegalArgumentException e) {
        unusable.add(key, e);
      }
    }
    if (held.isEmpty()) {
      throw new IllegalArgumentException(
          source.description() + ": expected images for validation, found none that can be used");
    }
    return held;
  }
}
