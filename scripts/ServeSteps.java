import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.torch.AdamW;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.GradientClipping;
import io.rapd.core.torch.MovingAverage;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.ProcessorThreads;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.Denoiser;
import io.rapd.dit.DenoiserConfig;
import io.rapd.dit.DenoiserFolder;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifFolder;
import io.rapd.train.loop.Workers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes the step that each line of standard input names, and prints its seconds; for
 * scripts/compare-pytorch. Usage: ServeSteps.java MODEL BATCH PIXELS float32|bfloat16 BACKWARD|UPDATE
 *
 * <p>Steps: {@code denoiser} and {@code denoiser-2}, a training step with one worker and with two;
 * {@code cqar}, a rendering; {@code cqar-train}, forward and backward of one.
 */
public final class ServeSteps implements AutoCloseable {
  private static final AdamW ADAM_W = new AdamW(0.9, 0.95, 1e-8, 0);

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());
  private final Precision precision;
  private final boolean updates;
  private final DenoiserConfig config;
  private final Map<Integer, Workers<Denoiser>> workers = new HashMap<>();
  private final Collection<NDArray> parameters;
  private final List<NDArray> first;
  private final List<NDArray> second;
  private final List<NDArray> averages;
  private final NDArray noisy;
  private final NDArray text;
  private final NDArray time;
  private final NeuralImageField rendering;
  private final NeuralImageField trained;
  private final NDArray latent;
  private final PixelGrid grid;
  private int step;

  private ServeSteps(TrainedModel model, int batch, int pixels, Precision precision, boolean updates) {
    this.precision = precision;
    this.updates = updates;
    Denoiser loaded =
        DenoiserFolder.load(model.denoiser(), Precision.FLOAT32, manager).denoiser();
    config = loaded.config();
    Denoiser denoiser = config.build(precision);
    denoiser.bind(loaded.values());
    parameters = denoiser.trainedValues().values();
    first = updates ? parameters.stream().map(NDArray::zerosLike).toList() : List.of();
    second = updates ? parameters.stream().map(NDArray::zerosLike).toList() : List.of();
    averages = updates ? parameters.stream().map(NDArray::duplicate).toList() : List.of();
    for (int count : List.of(1, 2)) {
      workers.put(
          count, new Workers<>(denoiser, count, Device.cpu(), () -> config.build(precision)));
    }
    noisy = normal(new Shape(batch).addAll(config.latentShape()));
    text = normal(new Shape(batch, config.textTokens(), config.textWidth()));
    time = manager.full(new Shape(batch), 0.5f);
    rendering = NifFolder.load(model.nif(), precision, manager).field();
    NifFolder full = NifFolder.load(model.nif(), Precision.FLOAT32, manager);
    trained = new NeuralImageField(full.description().nif(), precision);
    trained.bind(full.field().values());
    trained.renderer().trainedValues();
    latent = normal(new Shape(1, config.channels(), 64, 64));
    grid = new PixelGrid(pixels, pixels);
  }

  private NDArray normal(Shape shape) {
    return RandomStream.of(1, "input", 0).normal(manager, shape);
  }

  private void denoiser(int count, NDManager scope) {
    int size = (int) time.size();
    try (GradMode recording = GradMode.enabled()) {
      workers
          .get(count)
          .backward(
              size,
              size,
              scope,
              micro -> {
                NDArray z = micro.of(noisy);
                NDArray t = micro.of(time);
                NDArray y = micro.of(text);
                return network -> {
                  NDArray output = network.forward(z, t, y);
                  Autograd.backward(output.square().mean(), micro.share());
                  return micro.size();
                };
              });
    }
    if (updates) {
      try (ProcessorThreads few = ProcessorThreads.shared(count)) {
        update(scope);
      }
    }
  }

  private void update(NDManager scope) {
    List<NDArray> gradients =
        parameters.stream().map(parameter -> Autograd.gradient(parameter, scope)).toList();
    GradientClipping.clip(gradients, 1);
    ADAM_W.step(parameters, gradients, first, second, ++step, 1e-6, scope);
    MovingAverage.update(averages, parameters, 0.995);
    parameters.forEach(Autograd::zeroGradient);
  }

  private void render(NeuralImageField field, boolean training, NDManager scope) {
    try (GradMode mode = training ? GradMode.enabled() : GradMode.disabled()) {
      latent.attach(scope);
      NDArray image = field.render(latent, grid, grid.whole());
      if (training) {
        Autograd.backward(image.square().mean());
      }
      latent.attach(manager);
    }
  }

  private void take(String name) {
    try (NDManager scope = manager.newSubManager()) {
      switch (name) {
        case "denoiser" -> denoiser(1, scope);
        case "denoiser-2" -> denoiser(2, scope);
        case "cqar" -> render(rendering, false, scope);
        case "cqar-train" -> render(trained, true, scope);
        default -> throw new IllegalArgumentException("unknown step " + name);
      }
    }
  }

  @Override
  public void close() {
    workers.values().forEach(Workers::close);
    manager.close();
  }

  public static void main(String[] arguments) throws IOException {
    try (ServeSteps steps =
        new ServeSteps(
            TrainedModel.open(Path.of(arguments[0])),
            Integer.parseInt(arguments[1]),
            Integer.parseInt(arguments[2]),
            Precision.ofLabel(arguments[3]),
            arguments[4].equals("UPDATE"))) {
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      System.out.println("ready");
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        long start = System.nanoTime();
        steps.take(line);
        System.out.println((System.nanoTime() - start) / 1e9);
      }
    }
  }
}
