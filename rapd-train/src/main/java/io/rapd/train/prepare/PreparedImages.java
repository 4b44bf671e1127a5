package io.rapd.train.prepare;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.Fingerprint;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.GradMode;
import io.rapd.nif.NifFolder;
import io.rapd.nif.teacher.SemanticTeacher;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.UnusableSamples;
import io.rapd.train.data.WatchedSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Stores what networks make of images. An image that the configuration passes over, as too small,
 * gets a tensor without values.
 *
 * @param type of stored values
 * @param unusable is told of images that cannot be read; they are left out
 */
record PreparedImages(
    ShardWriter writer, TensorType type, ImageTextSource source, UnusableSamples unusable) {
  /** A network on images. */
  private interface Network {
    /**
     * Its outputs.
     *
     * @param images B of them
     * @return (B, ...) on the scope
     */
    NDArray run(List<RgbImage> images, NDManager scope);
  }

  /** Stores the teacher's features of all images. */
  void storeFeatures(SemanticTeacher teacher, PreparationInput input, NDManager manager) {
    int grid = input.gridSize();
    store(
        PreparedFolder.FEATURES,
        input,
        manager,
        (images, scope) -> teacher.patchTokens(ImageTensors.stack(images, scope), grid, grid));
  }

  /**
   * Stores the normalised latents of all images. On a CPU each image is encoded alone, as training
   * does.
   */
  void storeLatents(NifFolder nif, PreparationInput input, NDManager manager) {
    store(
        PreparedFolder.LATENTS,
        input,
        manager,
        (images, scope) -> {
          if (scope.getDevice().isGpu()) {
            return encode(nif, images, scope);
          }
          NDList latents = new NDList();
          images.forEach(image -> latents.add(encode(nif, List.of(image), scope)));
          return NDArrays.concat(latents);
        });
  }

  private static NDArray encode(NifFolder nif, List<RgbImage> images, NDManager scope) {
    try (GradMode frozen = GradMode.disabled()) {
      NDArray latent = nif.field().encode(ImageTensors.stack(images, scope));
      return nif.description().statistics().normalize(latent);
    }
  }

  private void store(String stem, PreparationInput input, NDManager manager, Network network) {
    Map<String, String> contents = new HashMap<>();
    ImageCache cache =
        new ImageCache(
            new WatchedSource(
                source, read -> contents.put(read.key(), Fingerprint.of(read.image()))),
            0,
            input.resize().fit(input.imageSize()));
    writer.store(
        stem,
        stem,
        List.of(),
        source.size(),
        (sample, wanted) -> wanted.accept(source.key(sample)),
        manager,
        (batch, scope, results, shard) -> {
          Map<String, RgbImage> images = new LinkedHashMap<>();
          for (ShardWriter.Text sample : batch) {
            try {
              RgbImage image = cache.image(sample.sample());
              if (input.resize().skips(image, input.imageSize())) {
                passOver(ShardSet.name(stem, sample.text()), results, shard);
              } else {
                images.put(sample.text(), image);
              }
            } catch (IllegalArgumentException e) {
              unusable.add(sample.text(), e);
            }
          }
          if (!images.isEmpty()) {
            NDArray outputs = network.run(List.copyOf(images.values()), scope);
            outputs.attach(results);
            int row = 0;
            for (String key : images.keySet()) {
              String name = ShardSet.name(stem, key);
              shard.add(name, outputs.get(row++), type);
              shard.metadata(name, Objects.requireNonNull(contents.get(key)));
            }
          }
          contents.clear();
        });
  }

  private void passOver(String name, NDManager results, SafetensorsOutput shard) {
    shard.add(name, results.zeros(new Shape(0)), type);
  }
}
