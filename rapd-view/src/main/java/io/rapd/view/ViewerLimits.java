package io.rapd.view;

import static io.rapd.core.config.Check.check;

import java.util.Map;

/**
 * What one viewer accepts. Requests beyond a limit are refused with a reason.
 *
 * @param prompt characters of a prompt or a negative prompt
 * @param steps solver steps of one generation
 * @param waiting generations and uploads that may wait
 * @param fields fields kept; the one unused for longest is dropped
 * @param submissions generations and uploads per client address and minute
 * @param uploadBytes size of an uploaded file
 * @param uploadPixels pixels of an uploaded image, read from its header before it is decoded
 * @param encodedPixels pixels at which an upload is encoded; encoding takes about 0.5 KB per pixel
 * @param downloadPixels pixels of a downloaded image
 * @param tiles tiles that may wait
 * @param cacheBytes size of the cached tiles
 */
public record ViewerLimits(
    int prompt,
    int steps,
    int waiting,
    int fields,
    int submissions,
    int uploadBytes,
    long uploadPixels,
    int encodedPixels,
    long downloadPixels,
    int tiles,
    long cacheBytes) {
  /** For one person and a browser with several tabs. */
  public static final ViewerLimits DEFAULT =
      new ViewerLimits(
          2000, 500, 12, 64, 60, 32 << 20, 1L << 25, 1 << 19, 1L << 32, 512, 128L << 20);

  public ViewerLimits {
    Map<String, Long> values =
        Map.of(
            "prompt", (long) prompt,
            "steps", (long) steps,
            "waiting", (long) waiting,
            "fields", (long) fields,
            "submissions", (long) submissions,
            "uploadBytes", (long) uploadBytes,
            "uploadPixels", uploadPixels,
            "encodedPixels", (long) encodedPixels,
            "tiles", (long) tiles,
            "cacheBytes", cacheBytes);
    values.forEach(
        (name, value) -> check(value >= 1, "%s must be at least 1, got %d", name, value));
    check(downloadPixels >= 1, "downloadPixels must be at least 1, got %d", downloadPixels);
  }
}
