package io.rapd.cli;

import ai.djl.Device;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.image.ContactSheet;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.core.torch.Precision;
import io.rapd.infer.ImageField;
import io.rapd.infer.LoadOptions;
import io.rapd.infer.TextToImage;
import io.rapd.train.command.ComputeOptions;
import io.rapd.train.stage1.Stage1Config;
import io.rapd.train.stage1.Stage1Training;
import io.rapd.train.stage2.Stage2Config;
import io.rapd.train.stage2.Stage2Training;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code rapd demo}: trains both stages on the embedded set and renders each prompt at four sizes.
 */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Trains a small model on the embedded emoji of food and drink (at most 15 minutes on two"
            + " cores) and renders one field per prompt at 64, 128, 256 and 512 pixels. Continues"
            + " where an earlier demo stopped.")
final class Demo implements Runnable {
  private static final List<Integer> SIZES = List.of(64, 128, 256, 512);
  private static final int CELL = 384;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "runs/demo",
      description = "folder for both runs and the images (default: ${DEFAULT-VALUE})")
  private Path out = Path.of("runs/demo");

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description = "a row of the grid; may be repeated (default: those of the previews)")
  private List<String> prompts = new ArrayList<>();

  @Option(
      names = "--set1",
      paramLabel = "PATH=VALUE",
      description =
          "overrides a field of stage 1, such as loop.steps=100; may be repeated (default: none)")
  private List<String> overrides1 = new ArrayList<>();

  @Option(
      names = "--set2",
      paramLabel = "PATH=VALUE",
      description = "overrides a field of stage 2; may be repeated (default: none)")
  private List<String> overrides2 = new ArrayList<>();

  @Mixin private ComputeOptions compute = new ComputeOptions();

  @Override
  public void run() {
    Device device = compute.device();
    Precision precision = compute.precision();
    Path stage1 = out.resolve("stage1");
    List<String> settings2 = new ArrayList<>(overrides2);
    settings2.add("field=" + stage1);
    Stage1Config config1 = config("demo-stage1.json", Stage1Config.class, overrides1);
    Stage2Config config2 = config("demo-stage2.json", Stage2Config.class, settings2);
    System.err.println("device: " + compute.describe());
    new Stage1Training(config1, device, precision).run(stage1, true);
    Path model = new Stage2Training(config2, device, precision).run(out.resolve("stage2"), true);
    Path grid = out.resolve("demo.png");
    draw(model, prompts.isEmpty() ? config2.preview().prompts() : prompts, grid);
    System.out.println(grid);
  }

  private void draw(Path model, List<String> rows, Path file) {
    RgbImageWriter writer = new RgbImageWriter();
    ContactSheet grid =
        new ContactSheet(CELL, SIZES.stream().map(size -> size + " x " + size).toList());
    LoadOptions options = LoadingOptions.of(compute);
    try (TextToImage textToImage = TextToImage.load(model, options)) {
      for (String prompt : rows) {
        try (ImageField field = textToImage.generate(prompt, textToImage.defaults())) {
          List<RgbImage> images =
              SIZES.stream().map(size -> field.renderAtResolution(size, size)).toList();
          grid.row(prompt, images);
        }
      }
    }
    writer.writePng(grid.draw(), file);
  }

  /** A configuration of the demo, with overrides. */
  static <T> T config(String name, Class<T> type, List<String> overrides) {
    try (InputStream stream =
        Objects.requireNonNull(Demo.class.getResourceAsStream("/configs/" + name), name)) {
      String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      return ConfigFile.parse(name, text, type, overrides);
    } catch (IOException e) {
      throw new UncheckedIOException(name, e);
    }
  }
}
