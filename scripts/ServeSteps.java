import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.Denoiser;
import io.rapd.dit.DenoiserConfig;
import io.rapd.dit.DenoiserFolder;
import io.rapd.nif.NifFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Runs a step for each line of standard input, denoiser or cqar, and prints its seconds; for
 * scripts/compare-pytorch. Usage: scripts/with-rapd ServeSteps.java MODEL BATCH PIXELS
 */
public final class ServeSteps {
  public static void main(String[] arguments) throws IOException {
    TrainedModel model = TrainedModel.open(Path.of(arguments[0]));
    int batch = Integer.parseInt(arguments[1]);
    int pixels = Integer.parseInt(arguments[2]);
    try (NDManager manager = NDManager.newBaseManager()) {
      Denoiser denoiser =
          DenoiserFolder.load(model.denoiser(), Precision.FLOAT32, manager).denoiser();
      NifFolder nif = NifFolder.load(model.nif(), Precision.FLOAT32, manager);
      DenoiserConfig config = denoiser.config();
      NDArray noisy = normal(manager, new Shape(batch).addAll(config.latentShape()));
      NDArray text = normal(manager, new Shape(batch, config.textTokens(), config.textWidth()));
      NDArray time = manager.full(new Shape(batch), 0.5f);
      NDArray latent = normal(manager, new Shape(1, config.channels(), 64, 64));
      PixelGrid grid = new PixelGrid(pixels, pixels);
      denoiser.trainedValues();
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      System.out.println("ready");
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        long start = System.nanoTime();
        try (NDManager scope = manager.newSubManager()) {
          if (line.equals("denoiser")) {
            try (GradMode recording = GradMode.enabled()) {
              noisy.attach(scope);
              NDArray output = denoiser.forward(noisy, time, text);
              Autograd.backward(output.square().mean());
              noisy.attach(manager);
            }
          } else {
            try (GradMode off = GradMode.disabled()) {
              latent.attach(scope);
              nif.field().render(latent, grid, grid.whole());
              latent.attach(manager);
            }
          }
        }
        System.out.println((System.nanoTime() - start) / 1e9);
      }
    }
  }

  private static NDArray normal(NDManager manager, Shape shape) {
    return RandomStream.of(1, "input", 0).normal(manager, shape);
  }
}
