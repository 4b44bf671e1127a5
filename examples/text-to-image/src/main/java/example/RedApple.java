package example;

import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.infer.ImageField;
import io.rapd.infer.TextToImage;
import java.nio.file.Path;

/**
 * One field, rendered at two sizes.
 *
 * <p>Arguments: the folder of a trained model, then the folder for the images.
 */
public final class RedApple {
  private RedApple() {}

  public static void main(String[] arguments) {
    Path out = Path.of(arguments[1]);
    try (TextToImage model = TextToImage.load(Path.of(arguments[0]));
        ImageField field = model.generate("red apple", model.defaults().withSeed(7))) {
      RgbImage small = field.renderAtResolution(64, 64); // height, width
      RgbImage large = field.renderAtResolution(768, 1024); // the same field
      RgbImageWriter writer = new RgbImageWriter();
      writer.writePng(small, out.resolve("small.png"));
      writer.writePng(large, out.resolve("large.png"));
    }
    NativeRuntime.inForce().forEach((setting, value) -> System.out.println(setting + ": " + value));
  }
}
