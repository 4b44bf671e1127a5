import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.checkpoint.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Copies a text-to-image model folder, or a field's, with its matrices in bfloat16: half the room.
 * Vectors (biases, norms) stay float32. Arguments: the model, the new folder, which must not exist.
 */
public final class CompactModel {
  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      throw new IllegalArgumentException("expected: MODEL NEW_FOLDER");
    }
    Path model = Path.of(args[0]);
    Path copy = Files.createDirectory(Path.of(args[1]));
    if (Files.exists(model.resolve("model.safetensors"))) {
      compact(model, copy);
      return;
    }
    Files.copy(model.resolve("config.json"), copy.resolve("config.json"));
    for (String part : List.of("nif", "denoiser")) {
      compact(model.resolve(part), Files.createDirectory(copy.resolve(part)));
    }
  }

  private static void compact(Path from, Path to) throws IOException {
    Files.copy(from.resolve("config.json"), to.resolve("config.json"));
    Path file = to.resolve("model.safetensors");
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        ModelFolder folder = ModelFolder.open(from)) {
      SafetensorsOutput output = new SafetensorsOutput();
      for (String name : folder.names()) {
        NDArray array = folder.read(name, manager);
        boolean matrix = array.getShape().dimension() > 1;
        output.add(name, array, matrix ? TensorType.BF16 : TensorType.F32);
      }
      output.writeTo(file);
    }
    System.out.println(file + ": " + Files.size(file) + " bytes");
  }
}
