import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.HostRead;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.ProcessorThreads;
import io.rapd.dit.Denoiser;
import io.rapd.dit.DenoiserConfig;
import io.rapd.train.stage2.Stage2Config;
import io.rapd.train.stage2.Stage2Training;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures the time that the host spends on a step of stage 2 with the paper's batch (256), blocks
 * (16) and micro-batches (16). The arrays are so small that what remains is the host's work: batches,
 * calls, seeds, optimiser, reads. It is processor time of the training thread, in which the small
 * kernels run too; runs with 1 and 16 blocks and with 1 and 16 micro-batches tell the network's calls
 * from the rest. Images are decoded by other threads, and captions are encoded before the steps that
 * count. Then the same for bringing 256 images of 512 x 512 to the device. Arguments: the
 * configuration, a folder for the runs, the steps of each.
 */
public final class MeasureHost {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  public static void main(String[] args) throws Exception {
    ProcessorThreads.set(1);
    Path config = Path.of(args[0]);
    int steps = Integer.parseInt(args[2]);
    double[][] ms = new double[2][2]; // by depth, by micro-batches
    int[] depths = {1, 16};
    int[] sizes = {256, 16};
    for (int d = 0; d < 2; d++) {
      for (int m = 0; m < 2; m++) {
        Path out = Path.of(args[1]).resolve(depths[d] + "-" + sizes[m]);
        ms[d][m] = step(config, out, steps, depths[d], sizes[m]);
      }
    }
    // ms = once + count * (rest + depth * block) + depth * state
    double block = (ms[1][1] - ms[0][1] - ms[1][0] + ms[0][0]) / (15 * 15);
    double state = (ms[1][0] - ms[0][0]) / 15 - block;
    double rest = (ms[0][1] - ms[0][0]) / 15 - block;
    double once = ms[0][0] - block - rest - state;
    System.out.printf(
        "per block and micro-batch %.2f ms (the network's own calls); per micro-batch %.2f ms; per"
            + " block's parameters %.2f ms; once %.2f ms%n",
        block, rest, state, once);
    double ends = network() - block;
    System.out.printf(
        "a step of 256 samples in 16 micro-batches: %.1f ms without the blocks' calls, %.1f ms"
            + " without those of embedders and final layer either%n",
        once + 16 * rest + 16 * state, once + 16 * (rest - ends) + 16 * state);
    images(256, 16);
  }

  /** Forward and backward of the network alone, with one block. */
  private static double network() {
    DenoiserConfig config = new DenoiserConfig(3, 8, 8, 4, 1, 1, 4, 1, 0, 384, 2);
    try (NDManager manager = NativeRuntime.newManager(Device.cpu());
        GradMode recording = GradMode.enabled()) {
      Denoiser denoiser = config.build(Precision.FLOAT32);
      denoiser.initialize(manager, 1);
      denoiser.trainedValues();
      long start = 0;
      int rounds = 400;
      for (int i = 0; i < 2 * rounds; i++) {
        start = i == rounds ? cpu() : start;
        try (NDManager scope = manager.newSubManager()) {
          NDArray latent = scope.ones(new Shape(16, 3, 8, 8));
          NDArray text = scope.ones(new Shape(16, 2, 384));
          NDArray output = denoiser.forward(latent, scope.ones(new Shape(16)), text);
          Autograd.backward(output, latent, false);
        }
      }
      return (cpu() - start) / 1e6 / rounds;
    }
  }

  private static double step(
      Path file, Path out, int steps, int depth, int micro) throws Exception {
    Stage2Config config =
        ConfigFile.read(
            file,
            Stage2Config.class,
            List.of(
                "data.location=embedded:fluent-emoji", "data.train=all", "textCache=4000",
                "precision=float32", "generator=torch", "field=pixels", "preview.size=8",
                "denoiser.channels=3", "denoiser.latentSize=8", "denoiser.patchSize=8",
                "denoiser.width=4", "denoiser.heads=1", "denoiser.bottleneck=4",
                "denoiser.mlpRatio=1", "denoiser.textWidth=384", "denoiser.textTokens=2",
                "denoiser.textBlocks=0", "denoiser.depth=" + depth, "repa.block=1",
                "text={\"type\":\"minilm\",\"maxTokens\":2}", "teacher={\"type\":\"none\"}",
                "repa.hidden=8", "microBatch=" + micro, "loop.batchSize=256",
                "loop.steps=" + steps, "loop.logEvery=1", "loop.previewEvery=0",
                "loop.checkpointEvery=" + steps));
    Thread training =
        new Thread(
            () -> {
              ProcessorThreads.set(1);
              new Stage2Training(config, Device.cpu()).run(out, false);
            });
    training.setUncaughtExceptionHandler(
        (thread, e) -> {
          e.printStackTrace();
          System.exit(1);
        });
    training.start();
    int warm = steps / 2;
    await(out, warm);
    long before = THREADS.getThreadCpuTime(training.getId());
    long reads = HostRead.count();
    await(out, steps - 1);
    int counted = steps - 1 - warm;
    double ms = (THREADS.getThreadCpuTime(training.getId()) - before) / 1e6 / counted;
    System.out.printf(
        "%d blocks, micro-batches of %d: %.1f ms of the training thread per step, %.1f reads%n",
        depth, micro, ms, (HostRead.count() - reads) / (double) counted);
    training.join();
    return ms;
  }

  private static void await(Path out, int lines) throws IOException, InterruptedException {
    Path metrics = out.resolve("metrics.jsonl");
    while (!Files.exists(metrics) || Files.readAllLines(metrics).size() < lines) {
      Thread.sleep(1);
    }
  }

  /** What stays on the host is the copy of bytes; their conversion runs on the device. */
  private static void images(int batch, int micro) {
    List<RgbImage> images = new ArrayList<>();
    for (int i = 0; i < micro; i++) {
      images.add(RgbImage.fromRgbBytes(512, 512, new byte[3 * 512 * 512]));
    }
    try (NDManager manager = NativeRuntime.newManager(Device.cpu());
        GradMode off = GradMode.disabled()) {
      byte[] from = new byte[micro * 3 * 512 * 512];
      java.nio.ByteBuffer buffer = java.nio.ByteBuffer.allocateDirect(from.length);
      for (int round = 0; round < 4; round++) {
        long start = cpu();
        for (int i = 0; i < batch / micro; i++) {
          try (NDArray all = ImageTensors.stack(images, manager)) {
            if (all.getShape().get(0) != micro) {
              throw new IllegalStateException();
            }
          }
        }
        long stacked = cpu();
        for (int i = 0; i < batch / micro; i++) {
          buffer.clear().put(from);
        }
        System.out.printf(
            "%d images of 512 x 512: %.1f ms with their conversion, %.1f ms for the copy of bytes%n",
            batch, (stacked - start) / 1e6, (cpu() - stacked) / 1e6);
      }
    }
  }

  private static long cpu() {
    return THREADS.getCurrentThreadCpuTime();
  }

  private MeasureHost() {}
}
