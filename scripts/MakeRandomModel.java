import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.Provenance;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.nn.Module;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.Denoiser;
import io.rapd.dit.DenoiserFolder;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifFolder;
import io.rapd.train.stage1.Stage1Config;
import io.rapd.train.stage2.Stage2Config;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes a text-to-image model of two configurations with random weights, none of them zero.
 * Usage: scripts/with-rapd MakeRandomModel.java STAGE1.json STAGE2.json OUT [PATH=VALUE...]
 * PATH=VALUE overrides fields of stage 2.
 */
public final class MakeRandomModel {
  public static void main(String[] arguments) {
    Stage1Config stage1 =
        ConfigFile.read(Path.of(arguments[0]), Stage1Config.class, List.of());
    List<String> overrides = List.of(arguments).subList(3, arguments.length);
    Stage2Config stage2 = ConfigFile.read(Path.of(arguments[1]), Stage2Config.class, overrides);
    try (NDManager manager = NDManager.newBaseManager()) {
      NeuralImageField field = new NeuralImageField(stage1.nif(), Precision.FLOAT32);
      Denoiser denoiser = stage2.denoiser().build(Precision.FLOAT32);
      Provenance provenance = Provenance.of("none", 1, 0);
      TrainedModel.write(
          Path.of(arguments[2]),
          new TrainedModel.Part(
              new NifFolder.Description(
                  stage1.nif(), LatentStatistics.identity(field.encoder().channels()), provenance),
              random(field, manager)),
          new TrainedModel.Part(
              new DenoiserFolder.Description(
                  stage2.denoiser(),
                  stage2.text(),
                  "random",
                  stage2.flow(),
                  stage2.sampling(),
                  provenance),
              random(denoiser, manager)));
    }
    System.out.println(arguments[2]);
  }

  private static Map<String, NDArray> random(Module module, NDManager manager) {
    module.initialize(manager, 1);
    Map<String, NDArray> values = new TreeMap<>(module.values());
    for (String name : module.trainedValues().keySet()) {
      NDArray value = values.get(name).duplicate();
      NDArray noise = RandomStream.of(2, name, 0).normal(manager, value.getShape());
      values.put(name, value.add(noise.mul(0.02f)));
    }
    return values;
  }
}
