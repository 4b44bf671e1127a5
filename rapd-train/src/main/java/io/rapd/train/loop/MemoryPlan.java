package io.rapd.train.loop;

import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import io.rapd.core.torch.Bfloat16Products;
import io.rapd.core.torch.DeviceMemory;
import io.rapd.core.torch.Precision;
import java.util.ArrayList;
import java.util.List;

/**
 * What a training run will hold in memory at its peak, computed from its configuration before
 * anything is loaded (docs/decisions/0022). On a CPU the Java heap counts as memory of the device.
 *
 * @param device on which the run trains
 * @param items on the device
 * @param heap what the run keeps on the Java heap, in bytes: batches and cached text states
 * @param caches the share of the heap that caches of images and latents may fill, in [0, 1)
 */
public record MemoryPlan(Device device, List<Item> items, long heap, double caches) {
  /** Libraries and code; on a GPU its context and the workspaces of its libraries. */
  private static final long RUNTIME_ON_CPU = 700_000_000;

  private static final long RUNTIME_ON_GPU = 1_500_000_000;

  /** What an allocator keeps beyond the arrays, as a share of them. */
  private static final double SLACK = 0.05;

  /** How full the virtual machine lets a heap become, as a share of its limit. */
  private static final double HEAP_IN_USE = 0.6;

  private static final long LEAST_HEAP = 2L << 30;
  private static final long HEAP_STEP = 256L << 20;

  /**
   * Memory for one purpose.
   *
   * @param name such as {@code moments}
   * @param detail how it comes about; may be empty
   */
  public record Item(String name, long bytes, String detail) {}

  public MemoryPlan {
    items = List.copyOf(items);
  }

  /**
   * The plan of a run.
   *
   * @param parameters trained scalars
   * @param frozen networks that are not trained
   * @param activations of a micro-batch, with everything else that a step needs; on a CPU each
   *     worker has its own
   * @param heap bytes of batches and text states
   */
  public static MemoryPlan of(
      StageConfig config,
      Device device,
      long parameters,
      List<Item> frozen,
      Item activations,
      long heap,
      double caches) {
    int workers = device.isGpu() ? 1 : config.loop().workers();
    OptimizerConfig optimizer = config.optimizer();
    List<Item> items = new ArrayList<>();
    items.add(new Item("weights", parameters * Float.BYTES, message("%,d, float32", parameters)));
    items.add(
        new Item(
            "gradients",
            workers * parameters * Float.BYTES,
            workers > 1 ? workers + " workers" : "float32"));
    items.add(
        new Item(
            "moments",
            2 * parameters * bytes(optimizer.moments()),
            optimizer.moments().label() + ", two"));
    boolean averaged = optimizer.averageDecay() > 0;
    items.add(
        new Item(
            "averages", averaged ? parameters * Float.BYTES : 0, averaged ? "float32" : "off"));
    items.addAll(frozen);
    items.add(
        new Item(
            activations.name(),
            workers * activations.bytes(),
            activations.detail() + (workers > 1 ? ", " + workers + " workers" : "")));
    double slack = SLACK * items.stream().mapToLong(Item::bytes).sum();
    if (!device.isGpu()) {
      items.add(
          new Item("heap", (long) (HEAP_IN_USE * heapLimit(heap, caches)), "batches, text states"));
    }
    items.add(
        new Item(
            "runtime",
            (device.isGpu() ? RUNTIME_ON_GPU : RUNTIME_ON_CPU) + (long) slack,
            "libraries, code, allocator"));
    return new MemoryPlan(device, items, heap, caches);
  }

  /** Bytes per value of arrays in a precision. */
  public static int bytes(Precision precision) {
    return precision == Precision.BFLOAT16 ? 2 : Float.BYTES;
  }

  /** The precision in which kernels compute on the device. */
  public static Precision computed(StageConfig config, Device device) {
    Precision precision = config.precision().on(device);
    return precision == Precision.BFLOAT16 && Bfloat16Products.widenedOn(device)
        ? Precision.FLOAT32
        : precision;
  }

  /** All items together, in bytes. */
  public long total() {
    return items.stream().mapToLong(Item::bytes).sum();
  }

  /** The limit for the Java heap ({@code -Xmx}) in bytes, at least 2 GiB. */
  public long heapLimit() {
    return heapLimit(heap, caches);
  }

  private static long heapLimit(long heap, double caches) {
    double wanted = 1.25 * (heap + HEAP_STEP) / (1 - caches);
    return Math.max(LEAST_HEAP, (long) Math.ceil(wanted / HEAP_STEP) * HEAP_STEP);
  }

  /** One line per item, then the total. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (Item item : items) {
      lines.add(
          message(
              "  %-12s %10s  %s",
              item.name(), DeviceMemory.gigabytes(item.bytes()), item.detail()));
    }
    lines.add(
        message(
            "  %-12s %10s  of %s",
            "total",
            DeviceMemory.gigabytes(total()),
            DeviceMemory.of(device)
                .map(memory -> DeviceMemory.gigabytes(memory.bytes()) + ", " + memory.limit())
                .orElse("a device of unknown memory")));
    return lines.stream().map(String::stripTrailing).toList();
  }
}
