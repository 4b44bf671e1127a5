package io.rapd.eval.reconstruction;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import io.rapd.core.metric.Lpips;
import io.rapd.core.metric.Psnr;
import io.rapd.core.torch.GradMode;
import io.rapd.eval.metric.Ssim;
import io.rapd.eval.report.DividedValues;
import io.rapd.eval.report.ValueLog;
import io.rapd.train.data.CentreSquare;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.loop.Ranks;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Measures how well methods enlarge reduced images. The reference is the central square of an
 * image, resized to T x T pixels; the input is the reference at round(T / scale) pixels per side
 * (antialiased bicubic); methods enlarge it to T x T. PSNR and SSIM are over RGB and all pixels; no
 * border is cut.
 */
public final class ReconstructionEvaluation {
  private final ImageTextSource source;
  private final ImageCache images;
  private final int count;
  private final int target;
  private final List<Double> scales;
  private final List<Enlargement> methods;
  private final Optional<Lpips> lpips;
  private final NDManager memory;

  /**
   * An evaluation.
   *
   * @param limit number of images, the first ones of the set
   * @param target T in pixels
   * @param scales enlargements per axis, at least 1
   * @param lpips measures LPIPS too
   * @param memory for LPIPS
   * @throws IllegalArgumentException naming the value that cannot be used
   */
  public ReconstructionEvaluation(
      ImageTextSource source,
      int limit,
      int target,
      List<Double> scales,
      List<Enlargement> methods,
      Optional<Lpips> lpips,
      NDManager memory) {
    check(limit >= 1, "the number of images must be positive, got %d", limit);
    check(target >= 16, "the target must have at least 16 pixels per side, got %d", target);
    for (double scale : scales) {
      check(
          scale >= 1 && Math.round(target / scale) >= 1,
          "a scale must lie between 1 and the target's %d pixels, got %s",
          target,
          scale);
    }
    List<String> names = methods.stream().map(Enlargement::name).toList();
    check(
        names.stream().distinct().count() == names.size(),
        "methods must have different names, got %s",
        names);
    this.source = source;
    this.images = new ImageCache(source, ImageCache.heapShare(), new CentreSquare(target));
    this.count = Math.min(limit, source.size());
    this.target = target;
    this.scales = List.copyOf(scales);
    this.methods = List.copyOf(methods);
    this.lpips = lpips;
    this.memory = memory;
  }

  /**
   * Measures what is not in the log yet.
   *
   * @param log file of values, appended to; see {@link ValueLog}
   * @param settings identify the set and the models
   * @param ranks the processes that divide the images
   * @param listener is told the number of images done
   * @return of all images, on the first rank
   */
  public ReconstructionTable run(
      Path log, Map<String, String> settings, Ranks ranks, Consumer<Integer> listener) {
    Map<String, String> all = new LinkedHashMap<>(settings);
    all.put("set", source.description());
    all.put("target", String.valueOf(target));
    all.put("lpips", String.valueOf(lpips.isPresent()));
    Map<String, Task> tasks = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      for (double scale : scales) {
        for (Enlargement method : methods) {
          tasks.put(
              Measurement.subject(source.key(i), scale, method.name()), new Task(i, scale, method));
        }
      }
    }
    int perImage = scales.size() * methods.size();
    ValueLog<Measurement> values =
        new DividedValues<>(log, all, Measurement.class, Measurement::subject, ranks)
            .fill(
                List.copyOf(tasks.keySet()),
                about -> true,
                about -> measure(Objects.requireNonNull(tasks.get(about))),
                done -> listener.accept(done / perImage));
    return ReconstructionTable.of(
        tasks.keySet().stream().map(values::find).flatMap(Optional::stream).toList(),
        scales,
        methods.stream().map(Enlargement::name).toList());
  }

  /** A value to measure. */
  private record Task(int index, double scale, Enlargement method) {}

  private Measurement measure(Task task) {
    RgbImage reference = images.image(task.index());
    RgbImage enlarged = task.method().apply(input(task.index(), task.scale()), target, target);
    double psnr = Psnr.of(enlarged, reference);
    return new Measurement(
        source.key(task.index()),
        task.scale(),
        task.method().name(),
        Double.isFinite(psnr) ? psnr : null,
        Ssim.of(enlarged, reference),
        lpips.isPresent() ? distance(lpips.get(), enlarged, reference) : null);
  }

  /** The input of the methods. */
  RgbImage input(int index, double scale) {
    int side = (int) Math.round(target / scale);
    return Resampler.resize(images.image(index), Resampling.BICUBIC, side, side);
  }

  /** The reference of an image, T x T. */
  RgbImage reference(int index) {
    return images.image(index);
  }

  String key(int index) {
    return source.key(index);
  }

  int count() {
    return count;
  }

  int target() {
    return target;
  }

  List<Double> scales() {
    return scales;
  }

  List<Enlargement> methods() {
    return methods;
  }

  private double distance(Lpips network, RgbImage image, RgbImage reference) {
    try (GradMode off = GradMode.disabled();
        NDManager scope = memory.newSubManager()) {
      NDArray a = ImageTensors.stack(List.of(image), scope).clip(-1, 1);
      NDArray b = ImageTensors.stack(List.of(reference), scope);
      return network.forward(a, b).getFloat();
    }
  }
}
