package io.rapd.core.image;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Kernel;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Objects;

/** {@link RgbImage}s to arrays (B, 3, H, W) in [-1, 1] and back. */
public final class ImageTensors {
  /**
   * The divisor is an array: a GPU would multiply by the reciprocal of a number, which rounds
   * otherwise.
   */
  private static final Kernel LEVELS =
      Kernel.of(
          "ImageLevels",
          """
          def forward(x):
            planes = torch.to(torch.permute(x, [0, 3, 1, 2]), $float32)
            half = torch.full_like(torch.slice(torch.flatten(planes), 0, 0, 1), 127.5)
            return torch.contiguous(planes / half - 1)
          """);

  private static final ThreadLocal<ByteBuffer> STAGING =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(0));

  private ImageTensors() {}

  /** A buffer has at most 2^31 - 1 bytes; larger batches are joined from parts of this size. */
  private static final long PART_BYTES = 1L << 28;

  /**
   * Stacks images of one size into an array (B, 3, H, W).
   *
   * @throws IllegalArgumentException for no images or images of different sizes
   */
  public static NDArray stack(List<RgbImage> images, NDManager manager) {
    return stack(images, manager, PART_BYTES);
  }

  static NDArray stack(List<RgbImage> images, NDManager manager, long partBytes) {
    check(!images.isEmpty(), "a batch needs at least one image, got none");
    int height = images.get(0).height();
    int width = images.get(0).width();
    for (RgbImage image : images) {
      check(
          image.height() == height && image.width() == width,
          "images of a batch must have one size, got %d x %d and %d x %d",
          height,
          width,
          image.height(),
          image.width());
    }
    boolean levels = images.stream().allMatch(image -> image.levels() != null);
    long bytes = (long) RgbImage.CHANNELS * height * width * (levels ? 1 : Float.BYTES);
    int part = (int) Math.max(1, Math.min(images.size(), partBytes / bytes));
    if (part == images.size()) {
      return levels ? ofLevels(images, manager) : copy(images, manager);
    }
    try (NDManager scope = manager.newSubManager()) {
      NDList parts = new NDList();
      for (int first = 0; first < images.size(); first += part) {
        List<RgbImage> some = images.subList(first, Math.min(images.size(), first + part));
        parts.add(levels ? ofLevels(some, scope) : copy(some, scope));
      }
      return scope.ret(NDArrays.concat(parts));
    }
  }

  /** 8-bit levels cross to the device as bytes and become values there. */
  private static NDArray ofLevels(List<RgbImage> images, NDManager manager) {
    RgbImage first = images.get(0);
    Shape shape = new Shape(images.size(), first.height(), first.width(), RgbImage.CHANNELS);
    ByteBuffer bytes = staging(Math.toIntExact(shape.size()));
    images.forEach(image -> bytes.put(Objects.requireNonNull(image.levels())));
    try (NDArray view = manager.create(bytes.flip(), shape, DataType.UINT8)) {
      return LEVELS.call(view);
    } finally {
      Reference.reachabilityFence(bytes);
    }
  }

  /** The calling thread's buffer: new ones would be filled with zeros for each micro-batch. */
  private static ByteBuffer staging(int bytes) {
    ByteBuffer buffer = STAGING.get();
    if (buffer.capacity() < bytes) {
      buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
      STAGING.set(buffer);
    }
    return buffer.slice(0, bytes).order(ByteOrder.nativeOrder());
  }

  private static NDArray copy(List<RgbImage> images, NDManager manager) {
    int height = images.get(0).height();
    int width = images.get(0).width();
    Shape shape = new Shape(images.size(), RgbImage.CHANNELS, height, width);
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(Math.toIntExact(Math.multiplyExact(shape.size(), Float.BYTES)))
            .order(ByteOrder.nativeOrder());
    FloatBuffer floats = bytes.asFloatBuffer();
    images.forEach(image -> floats.put(image.planes()));
    try (NDArray view = manager.create(bytes, shape, DataType.FLOAT32)) {
      // The view aliases the buffer; the copy owns its memory.
      return view.duplicate();
    }
  }

  /**
   * Image {@code index} of a batch (B, 3, H, W).
   *
   * @throws IllegalArgumentException for an array of another shape, or values that are not finite
   */
  public static RgbImage image(NDArray batch, long index) {
    Shape all = batch.getShape();
    check(
        all.dimension() == 4 && all.get(1) == RgbImage.CHANNELS,
        "batch must be (B, 3, H, W), got %s",
        all);
    try (NDArray one = batch.get(index)) {
      Shape shape = one.getShape();
      return new RgbImage((int) shape.get(1), (int) shape.get(2), one.toFloatArray());
    }
  }
}
