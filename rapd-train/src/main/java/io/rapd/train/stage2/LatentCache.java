package io.rapd.train.stage2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.GradMode;
import io.rapd.nif.NifFolder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Normalised latents of a training set, cached in Java memory up to a size limit. Each image is
 * encoded alone, so neither the batch nor the limit changes a latent; only a GPU that caches none
 * encodes several at a time, since the calls for one alone would cost more than its arithmetic.
 * Thread-safe.
 */
final class LatentCache implements Latents {
  /** Images that a GPU encodes at a time where none are cached. */
  private static final int TOGETHER = 8;

  private final NifFolder nif;
  private final long limit;
  private final Map<String, float[]> kept = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  /**
   * An empty cache.
   *
   * @param limit total size of the cached latents in bytes; 0 to cache none
   */
  LatentCache(NifFolder nif, long limit) {
    this.nif = nif;
    this.limit = limit;
  }

  @Override
  public NDArray latents(List<String> keys, List<RgbImage> images, NDManager scope) {
    try (NDManager own = scope.newSubManager()) {
      NDList latents = new NDList();
      int together = limit == 0 && scope.getDevice().isGpu() ? TOGETHER : 1;
      for (int i = 0; i < images.size(); i += together) {
        latents.add(
            together == 1
                ? latent(keys.get(i), images.get(i), own)
                : encode(images.subList(i, Math.min(images.size(), i + together)), own));
      }
      return own.ret(NDArrays.concat(latents));
    }
  }

  /** Size of the cached latents in bytes. */
  long bytes() {
    return bytes.get();
  }

  /** (1, C, R, R) */
  private NDArray latent(String key, RgbImage image, NDManager scope) {
    float[] values = kept.get(key);
    if (values != null) {
      Shape shape = new Shape(1, nif.field().encoder().channels(), image.height(), image.width());
      return Constant.of(scope, values, shape);
    }
    NDArray latent = encode(List.of(image), scope);
    if (bytes.get() + latent.size() * Float.BYTES <= limit) {
      keep(key, latent.toFloatArray());
    }
    return latent;
  }

  private NDArray encode(List<RgbImage> images, NDManager scope) {
    try (NDManager own = scope.newSubManager();
        GradMode frozen = GradMode.disabled()) {
      NDArray latent = nif.field().encode(ImageTensors.stack(images, own));
      return own.ret(nif.description().statistics().normalize(latent));
    }
  }

  private void keep(String key, float[] latent) {
    long size = (long) Float.BYTES * latent.length;
    // If two threads encode the same image, one caches it and the other releases its reservation.
    if (bytes.addAndGet(size) > limit || kept.putIfAbsent(key, latent) != null) {
      bytes.addAndGet(-size);
    }
  }
}
