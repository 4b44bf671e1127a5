import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.HostRead;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.ProcessorThreads;
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
 * (16 + 4) and micro-batches. The arrays are so small that what remains is the host's work: batches,
 * calls, seeds, optimiser, reads. It is processor time of the training thread, in which the small
 * kernels run too, so it is an upper bound. Then the same for bringing 256 images of 512 x 512 to the
 * device. Arguments: the configuration, a folder of captioned images, a folder for the run, the
 * number of steps.
 */
public final class MeasureHost {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  public static void main(String[] args) throws Exception {
    int steps = Integer.parseInt(args[3]);
    Path out = Path.of(args[2]);
    ProcessorThreads.set(1);
    Stage2Config config =
        ConfigFile.read(
            Path.of(args[0]),
            Stage2Config.class,
            List.of(
                "data.location=" + args[1], "data.train=all", "data.validation=all",
                "precision=float32", "generator=torch", "field=pixels", "preview.size=8",
                "denoiser.channels=3", "denoiser.latentSize=8", "denoiser.patchSize=4",
                "denoiser.width=8", "denoiser.heads=2", "denoiser.bottleneck=8",
                "denoiser.mlpRatio=1", "denoiser.textWidth=384", "denoiser.textTokens=2",
                "text={\"type\":\"minilm\",\"maxTokens\":2}", "teacher={\"type\":\"none\"}",
                "repa.hidden=8", "loop.steps=" + steps, "loop.logEvery=1", "loop.previewEvery=0",
                "loop.checkpointEvery=" + steps));
    Thread training =
        new Thread(
            () -> {
              ProcessorThreads.set(1);
              new Stage2Training(config, Device.cpu()).run(out, false);
            });
    training.start();
    int warm = steps / 3;
    await(out, warm);
    long before = THREADS.getThreadCpuTime(training.getId());
    long reads = HostRead.count();
    await(out, steps - 2);
    int counted = steps - 2 - warm;
    System.out.printf(
        "step of %d samples, micro-batches of %d: %.1f ms of the training thread, %.1f reads%n",
        config.loop().batchSize(),
        config.microBatch(),
        (THREADS.getThreadCpuTime(training.getId()) - before) / 1e6 / counted,
        (HostRead.count() - reads) / (double) counted);
    training.join();
    images(config.loop().batchSize(), config.microBatch());
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
