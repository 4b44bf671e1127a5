package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import io.rapd.core.image.ContactSheet;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.core.torch.Precision;
import io.rapd.infer.ImageField;
import io.rapd.infer.TextToImage;
import io.rapd.train.TinyImages;
import io.rapd.train.TinyStage1;
import io.rapd.train.TinyStage2;
import io.rapd.train.stage2.Stage2Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training preview and {@code rapd generate} at the run's seed show the same images. */
class PreviewTest {
  private static final int SEED = 7;

  @TempDir private Path folder;

  @Test
  void lastPreviewEqualsGenerationAtTheSeedOfTheRun() throws IOException {
    Path images = TinyImages.write(folder.resolve("images"));
    Path field = TinyStage1.writeField(folder.resolve("field"));
    Path run = folder.resolve("run");
    Path model =
        new Stage2Training(
                TinyStage2.config(images, field, "loop.seed=" + SEED),
                Device.cpu(),
                Precision.FLOAT32)
            .run(run, false);
    Path preview = run.resolve("previews/step-00000006.png");
    assertThat(Files.readAllBytes(preview))
        .isEqualTo(sheet(model, SEED))
        .isNotEqualTo(sheet(model, SEED + 1));
  }

  private byte[] sheet(Path model, long seed) throws IOException {
    ContactSheet sheet = new ContactSheet(192, List.of("20 x 20"));
    try (TextToImage textToImage = TextToImage.load(model)) {
      for (String prompt : List.of("blue rings", "something else")) {
        try (ImageField image =
            textToImage.generate(prompt, textToImage.defaults().withSeed(seed))) {
          sheet.row(prompt, List.of(image.renderAtResolution(20, 20)));
        }
      }
    }
    Path file = folder.resolve("generated.png");
    new RgbImageWriter().writePng(sheet.draw(), file);
    return Files.readAllBytes(file);
  }
}
