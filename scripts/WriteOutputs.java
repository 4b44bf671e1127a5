import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.DenoiserConfig;
import io.rapd.dit.DenoiserFolder;
import io.rapd.nif.NifFolder;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes inputs and outputs of a model's networks in float32, for another program to compare.
 * Usage: scripts/with-rapd WriteOutputs.java MODEL OUTPUTS.safetensors
 */
public final class WriteOutputs {
  private static final int[][] SIZES = {{64, 64}, {45, 70}, {96, 40}};

  public static void main(String[] arguments) {
    TrainedModel model = TrainedModel.open(Path.of(arguments[0]));
    Map<String, NDArray> all = new TreeMap<>();
    try (NDManager manager = NDManager.newBaseManager();
        GradMode off = GradMode.disabled()) {
      if (model.kind() != TrainedModel.Kind.DENOISER) {
        field(NifFolder.load(model.nif(), Precision.FLOAT32, manager), all, manager);
      }
      if (model.kind() != TrainedModel.Kind.FIELD) {
        denoiser(DenoiserFolder.load(model.denoiser(), Precision.FLOAT32, manager), all, manager);
      }
      SafetensorsOutput.write(Path.of(arguments[1]), all);
    }
    System.out.println(arguments[1] + ": " + String.join(", ", all.keySet()));
  }

  private static void field(NifFolder nif, Map<String, NDArray> all, NDManager manager) {
    NDArray image = normal("image", manager, new Shape(2, 3, 32, 24)).tanh();
    NDArray latent = nif.field().encode(image);
    all.put("image", image);
    all.put("latent", latent);
    for (int[] size : SIZES) {
      PixelGrid grid = new PixelGrid(size[0], size[1]);
      all.put(
          "rendering." + size[0] + "x" + size[1], nif.field().render(latent, grid, grid.whole()));
    }
  }

  private static void denoiser(DenoiserFolder folder, Map<String, NDArray> all, NDManager manager) {
    DenoiserConfig config = folder.description().denoiser();
    NDArray noisy = normal("noisy", manager, new Shape(2).addAll(config.latentShape()));
    NDArray time = manager.create(new float[] {0.25f, 0.8f});
    NDArray text = normal("text", manager, new Shape(2, config.textTokens(), config.textWidth()));
    all.put("noisy", noisy);
    all.put("time", time);
    all.put("text", text);
    all.put("prediction", folder.denoiser().forward(noisy, time, text));
  }

  private static NDArray normal(String name, NDManager manager, Shape shape) {
    return RandomStream.of(1, name, 0).normal(manager, shape);
  }
}
