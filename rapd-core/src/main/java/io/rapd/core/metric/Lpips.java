package io.rapd.core.metric;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.checkpoint.SafetensorsFile;
import io.rapd.core.checkpoint.torch.PublishedWeights;
import io.rapd.core.nn.TensorSource;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.TypeName;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * LPIPS 0.1 with VGG16, a learned perceptual distance between two images (Zhang et al. 2018):
 * {@code LPIPS(net="vgg")} of richzhang/PerceptualSimilarity. The linear heads are included; the
 * weights of the trunk are torchvision's and are loaded from a path.
 *
 * <pre>
 * distance = sum_k mean_hw sum_c lin_kc (unit(x_k) - unit(y_k))_c^2,  unit(f) = f / (|f| + 1e-10)
 * </pre>
 */
public final class Lpips implements AutoCloseable {
  /** The name of the weights file in a folder. */
  public static final String FILE = "vgg16.safetensors";

  private static final String HEADS = "lpips_vgg_lin.safetensors";

  private static final List<Integer> PUBLISHED_WIDTHS = List.of(64, 128, 256, 512, 512);

  private static final Kernel SUM =
      Kernel.of(
          "LpipsSum",
          """
          def forward(a, b, c, d, e):
            return a + b + c + d + e
          """);

  /** Four max pools leave at least one cell. */
  private static final int SMALLEST_SIDE = 16;

  private final VggTrunk trunk;
  private final LpipsHeads heads;
  private final NDManager weights;

  private Lpips(VggTrunk trunk, LpipsHeads heads, NDManager weights) {
    this.trunk = trunk;
    this.heads = heads;
    this.weights = weights;
  }

  /**
   * Loads the trunk, and the heads too if the file holds them. All tensors are checked before any
   * is read.
   *
   * @param path a file with torchvision's state dict ({@code features.N.*}), as safetensors or as
   *     torchvision's own {@code vgg16-397923af.pth}, or a folder with {@code vgg16.safetensors},
   *     {@code model.safetensors} or {@code pytorch_model.bin}; the classifier is ignored
   * @param precision in which the trunk computes; the distance itself is float32
   * @param manager parent of the weights, which live until {@link #close}; its device is used
   * @throws CheckpointException if the path is missing (the message says how to get the weights) or
   *     the file is damaged
   * @throws IllegalArgumentException if a tensor is missing, unknown, or of the wrong type or shape
   */
  public static Lpips load(Path path, Precision precision, NDManager manager) {
    if (!Files.isRegularFile(path)) {
      ModelFolder.requirePublished(path, "VGG16, for LPIPS,", "timm/vgg16.tv_in1k");
    }
    Path file = Files.isDirectory(path) ? path.resolve(FILE) : path;
    try (PublishedWeights source = PublishedWeights.open(Files.isRegularFile(file) ? file : path)) {
      return load(source, precision, manager);
    }
  }

  private static Lpips load(TensorSource source, Precision precision, NDManager manager) {
    List<Integer> widths = VggTrunk.widths(source);
    VggTrunk trunk = new VggTrunk(widths, precision);
    LpipsHeads heads = new LpipsHeads(widths);
    trunk.requireFit(source, "features.", name -> false);
    boolean published = requireKnownGroups(source);
    NDManager weights = manager.newSubManager();
    try {
      if (!published) {
        heads.load(source, "", Lpips::notAHead, Precision.FLOAT32, weights);
      } else if (widths.equals(PUBLISHED_WIDTHS)) {
        loadPublished(heads, weights);
      } else {
        throw new IllegalArgumentException(
            message(
                "%s: widths %s are not vgg16's %s, and it holds no heads of its own (%s)",
                source.description(), widths, PUBLISHED_WIDTHS, LpipsHeads.name(0)));
      }
      trunk.load(source, "features.", name -> false, precision, weights);
      return new Lpips(trunk, heads, weights);
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  /** Whether a tensor belongs to the trunk or to the classifier of torchvision or timm. */
  private static boolean notAHead(String name) {
    return name.startsWith("features.")
        || name.startsWith("classifier.")
        || name.startsWith("pre_logits.")
        || name.startsWith("head.");
  }

  /** Whether the source has no heads, so that the published ones are used. */
  private static boolean requireKnownGroups(TensorSource source) {
    boolean published = true;
    for (String name : source.names()) {
      if (name.startsWith("lin")) {
        published = false;
      } else if (!notAHead(name)) {
        throw new IllegalArgumentException(
            source.origin(name) + ": tensor " + name + " is not part of torchvision's vgg16");
      }
    }
    return published;
  }

  private static void loadPublished(LpipsHeads heads, NDManager weights) {
    try (InputStream resource = Lpips.class.getResourceAsStream(HEADS)) {
      Path copy = Files.createTempFile("lpips", ".safetensors");
      try {
        Files.copy(
            Objects.requireNonNull(resource, HEADS), copy, StandardCopyOption.REPLACE_EXISTING);
        try (SafetensorsFile file = SafetensorsFile.open(copy)) {
          heads.load(file, weights);
        }
      } finally {
        Files.delete(copy);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(HEADS + " cannot be unpacked", e);
    }
  }

  /**
   * The distance between each pair of images; differentiable in the prediction only.
   *
   * @param prediction (B, 3, H, W) float32 in [-1, 1], H and W at least 16
   * @param target same shape
   * @return (B, 1, 1, 1) float32 on the manager of {@code prediction}
   * @throws IllegalArgumentException if types or shapes differ from these
   */
  public NDArray forward(NDArray prediction, NDArray target) {
    try (NDList terms = terms(prediction, target)) {
      return SUM.call(terms.toArray(new NDArray[0]));
    }
  }

  /** The five terms whose sum is {@link #forward}, each (B, 1, 1, 1). */
  NDList terms(NDArray prediction, NDArray target) {
    requireImages("prediction", prediction);
    requireImages("target", target);
    check(
        prediction.getShape().equals(target.getShape()),
        "prediction and target must have the same shape, got %s and %s",
        prediction.getShape(),
        target.getShape());
    NDList terms = new NDList();
    NDArray x = prediction;
    NDArray y = target;
    for (int k = 0; k < trunk.slices(); k++) {
      NDArray nextX = trunk.forward(k, x); // (B, width_k, h_k, w_k)
      NDArray nextY;
      try (GradMode frozen = GradMode.disabled()) {
        nextY = trunk.forward(k, y);
      }
      terms.add(heads.term(k, nextX, nextY));
      if (k > 0) {
        x.close();
        y.close();
      }
      x = nextX;
      y = nextY;
    }
    x.close();
    y.close();
    return terms;
  }

  private static void requireImages(String name, NDArray images) {
    Shape shape = images.getShape();
    check(
        images.getDataType() == DataType.FLOAT32
            && shape.dimension() == 4
            && shape.get(0) >= 1
            && shape.get(1) == 3
            && Math.min(shape.get(2), shape.get(3)) >= SMALLEST_SIDE,
        "%s must be float32 (B, 3, H, W) with sides of at least %d, got %s %s",
        name,
        SMALLEST_SIDE,
        TypeName.of(images),
        shape);
  }

  /** The arrays of the trunk and the heads by name, for tests. */
  Map<String, NDArray> weights() {
    Map<String, NDArray> all = new LinkedHashMap<>(heads.values());
    trunk.values().forEach((name, value) -> all.put("features." + name, value));
    return all;
  }

  /** Frees the weights. */
  @Override
  public void close() {
    weights.close();
  }
}
