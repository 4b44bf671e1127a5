package io.rapd.train.stage2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.GradMode;
import io.rapd.nif.NifFolder;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Normalised latents of a training set, cached in Java memory up to a size limit. Each image is
 * encoded alone, so neither the batch nor the limit changes a latent. Thread-safe.
 */
final class LatentCache {
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

  /**
   * The latents of images.
   *
   * @param keys of the images in their set
   * @param images of the same size (R, R)
   * @param scope of the result
   * @return z~ (B, C, R, R)
   */
  NDArray latents(List<String> keys, List<RgbImage> images, NDManager scope) {
    if (limit == 0) { // nothing is kept, so nothing has to leave the device
      try (NDManager own = scope.newSubManager()) {
        NDList latents = new NDList();
        images.forEach(image -> latents.add(encode(image, own)));
        return own.ret(NDArrays.concat(latents));
      }
    }
    int count = keys.size();
    int channels = nif.field().encoder().channels();
    int height = images.get(0).height();
    int width = images.get(0).width();
    int length = channels * height * width;
    float[] all = new float[count * length];
    for (int i = 0; i < count; i++) {
      System.arraycopy(latent(keys.get(i), images.get(i), scope), 0, all, i * length, length);
    }
    // Java's buffer may be collected while the array is in use; a copy lives in native memory.
    try (NDArray wrapped = scope.create(all, new Shape(count, channels, height, width))) {
      return wrapped.duplicate();
    }
  }

  /** Size of the cached latents in bytes. */
  long bytes() {
    return bytes.get();
  }

  private float[] latent(String key, RgbImage image, NDManager scope) {
    float[] latent = kept.get(key);
    if (latent == null) {
      try (NDArray encoded = encode(image, scope)) {
        latent = encoded.toFloatArray();
      }
      keep(key, latent);
    }
    return latent;
  }

  private NDArray encode(RgbImage image, NDManager scope) {
    try (NDManager own = scope.newSubManager();
        GradMode frozen = GradMode.disabled()) {
      NDArray latent = nif.field().encode(ImageTensors.stack(List.of(image), own));
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
