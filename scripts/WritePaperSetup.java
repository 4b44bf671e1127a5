import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.Provenance;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.core.torch.Constant;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifFolder;
import io.rapd.train.stage1.Stage1Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes what the paper's configurations need for a step that measures time and memory only: four
 * captioned images of noise (1024 x 1024), an untrained field of the paper's sizes, and VGG16 with
 * random weights. Arguments: the output folder, the configuration of stage 1.
 */
public final class WritePaperSetup {
  private static final int SIDE = 1024;
  private static final int[][] VGG16 = {
    {0, 3, 64}, {2, 64, 64}, {5, 64, 128}, {7, 128, 128}, {10, 128, 256}, {12, 256, 256},
    {14, 256, 256}, {17, 256, 512}, {19, 512, 512}, {21, 512, 512}, {24, 512, 512}, {26, 512, 512},
    {28, 512, 512}
  };

  public static void main(String[] args) throws IOException {
    Path out = Files.createDirectories(Path.of(args[0]));
    Path images = Files.createDirectories(out.resolve("images"));
    for (int i = 0; i < 4; i++) {
      float[] planes = new float[3 * SIDE * SIDE];
      var random = RandomStream.of(i, "image", 0).generator();
      for (int at = 0; at < planes.length; at++) {
        planes[at] = 2 * random.nextFloat() - 1;
      }
      new RgbImageWriter()
          .writePng(new RgbImage(SIDE, SIDE, planes), images.resolve("image" + i + ".png"));
      Files.writeString(images.resolve("image" + i + ".txt"), "noise number " + i + "\n");
    }
    Stage1Config config = ConfigFile.read(Path.of(args[1]), Stage1Config.class, List.of());
    try (NDManager manager = NativeRuntime.newManager(Device.cpu())) {
      NeuralImageField field = new NeuralImageField(config.nif(), Precision.FLOAT32);
      field.initialize(manager, 1);
      NifFolder.write(
          out.resolve("field"),
          new NifFolder.Description(
              config.nif(),
              LatentStatistics.identity(config.nif().encoder().channels()),
              Provenance.of("none", 1, 0)),
          field.values());
      Map<String, NDArray> vgg = new LinkedHashMap<>();
      for (int[] layer : VGG16) {
        float[] weight = new float[layer[2] * layer[1] * 9];
        var random = RandomStream.of(layer[0], "vgg", 0).generator();
        for (int at = 0; at < weight.length; at++) {
          weight[at] = (float) (random.nextGaussian() * Math.sqrt(2.0 / (9 * layer[1])));
        }
        String name = "features." + layer[0];
        vgg.put(name + ".weight", Constant.of(manager, weight, new Shape(layer[2], layer[1], 3, 3)));
        vgg.put(name + ".bias", Constant.of(manager, new float[layer[2]], new Shape(layer[2])));
      }
      SafetensorsOutput.write(out.resolve("vgg16.safetensors"), vgg);
    }
  }

  private WritePaperSetup() {}
}
