import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.ProcessorThreads;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.Denoiser;
import io.rapd.dit.DenoiserConfig;
import io.rapd.train.loop.Workers;
import java.util.Arrays;

/** Forward and backward of 32 latents by one worker and by two, in turn: medians. */
public final class MeasureWorkers {
  private static final int BATCH = 32;
  private static final DenoiserConfig CONFIG =
      new DenoiserConfig(16, 32, 8, 128, 6, 4, 128, 4, 1, 384, 16);

  public static void main(String[] arguments) {
    int runs = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 30;
    int all = ProcessorThreads.count();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      Denoiser denoiser = CONFIG.build(Precision.FLOAT32);
      denoiser.initialize(manager, 1);
      denoiser.trainedValues();
      double[][] seconds = new double[3][runs];
      try (Workers<Denoiser> one = workers(denoiser, 1);
          Workers<Denoiser> two = workers(denoiser, 2)) {
        for (int run = -3; run < runs; run++) {
          ProcessorThreads.set(1);
          double alone = step(one, manager);
          ProcessorThreads.set(all);
          double shared = step(one, manager);
          double beside = step(two, manager);
          if (run >= 0) {
            seconds[0][run] = alone;
            seconds[1][run] = shared;
            seconds[2][run] = beside;
          }
        }
      }
      System.out.println("| workers | threads each | samples/s |");
      System.out.println("|---|---|---|");
      print(1, 1, seconds[0]);
      print(1, all, seconds[1]);
      print(2, Math.max(1, all / 2), seconds[2]);
    }
  }

  private static Workers<Denoiser> workers(Denoiser denoiser, int count) {
    return new Workers<>(
        denoiser, count, Device.cpu(), () -> CONFIG.build(Precision.FLOAT32));
  }

  private static double step(Workers<Denoiser> workers, NDManager manager) {
    long start = System.nanoTime();
    try (NDManager scope = manager.newSubManager()) {
      workers.backward(
          BATCH, BATCH, scope, micro -> denoiser -> pass(denoiser, micro.scope(), micro.size()));
    }
    return (System.nanoTime() - start) / 1e9;
  }

  private static int pass(Denoiser denoiser, NDManager manager, int batch) {
    try (NDManager scope = manager.newSubManager()) {
      RandomStream random = RandomStream.of(1, "benchmark", 0);
      NDArray latent = random.normal(scope, new Shape(batch, 16, 32, 32));
      NDArray text = random.normal(scope, new Shape(batch, 16, 384));
      NDArray time = scope.full(new Shape(batch), 0.5f);
      Autograd.backward(denoiser.forward(latent, time, text).square().mean());
    }
    return batch;
  }

  private static void print(int workers, int threads, double[] seconds) {
    double[] sorted = seconds.clone();
    Arrays.sort(sorted);
    System.out.printf("| %d | %d | %.0f |%n", workers, threads, BATCH / sorted[sorted.length / 2]);
  }
}
