package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.image.Resampler;
import io.rapd.core.image.Resampling;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.core.torch.Precision;
import io.rapd.infer.ImageField;
import io.rapd.infer.TextToImage;
import io.rapd.train.data.EmbeddedSource;
import io.rapd.train.data.Sample;
import io.rapd.train.data.Split;
import io.rapd.train.stage1.Stage1Config;
import io.rapd.train.stage1.Stage1Training;
import io.rapd.train.stage2.Stage2Config;
import io.rapd.train.stage2.Stage2Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both stages on eight captioned images, then from each caption back to its image. */
class LearnsByHeartTest {
  /** A batch of stage 2 takes each image so many times. */
  private static final int COPIES = 4;

  private static final List<String> KEYS =
      List.of("1f34e", "1f600", "1f697", "1f499", "1f431", "1f332", "1f338", "1f680");

  @TempDir private static Path folder;
  private static final Map<String, RgbImage> IMAGES = new LinkedHashMap<>();
  private static Path model;

  @BeforeAll
  static void learn() throws IOException {
    Path data = Files.createDirectory(folder.resolve("images"));
    Path copies = Files.createDirectory(folder.resolve("copies"));
    EmbeddedSource source = new EmbeddedSource(Split.ALL);
    for (int i = 0; i < source.size(); i++) {
      if (KEYS.contains(source.key(i))) {
        Sample sample = source.read(i);
        String caption = source.captions(i).get(0);
        write(data, sample.key(), sample, caption);
        for (int copy = 0; copy < COPIES; copy++) {
          write(copies, sample.key() + "-" + copy, sample, caption);
        }
        RgbImage image = new RgbImageReader().read(sample.image(), sample.imageName());
        IMAGES.put(caption, Resampler.resize(image, Resampling.BICUBIC, 64, 64));
      }
    }
    assertThat(IMAGES).hasSize(KEYS.size());
    Path stage1 = folder.resolve("stage1");
    new Stage1Training(
            config("stage1", Stage1Config.class, List.of("data.location=" + data)),
            Device.cpu(),
            Precision.FLOAT32)
        .run(stage1, false);
    model =
        new Stage2Training(
                config(
                    "stage2",
                    Stage2Config.class,
                    List.of("data.location=" + copies, "field=" + stage1)),
                Device.cpu(),
                Precision.FLOAT32)
            .run(folder.resolve("stage2"), false);
  }

  private static void write(Path folder, String key, Sample sample, String caption)
      throws IOException {
    Files.write(folder.resolve(key + ".webp"), sample.image());
    Files.writeString(folder.resolve(key + ".txt"), caption);
  }

  private static <T> T config(String name, Class<T> type, List<String> overrides)
      throws IOException {
    try (var stream = LearnsByHeartTest.class.getResourceAsStream("/by-heart/" + name + ".json")) {
      return ConfigFile.parse(
          name,
          new String(stream.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8),
          type,
          overrides);
    }
  }

  @Test
  void captionsBringBackTheirImages() {
    int right = 0;
    try (TextToImage textToImage = TextToImage.load(model)) {
      for (String caption : IMAGES.keySet()) {
        try (ImageField field = textToImage.generate(caption, textToImage.defaults())) {
          if (nearest(field.renderAtResolution(64, 64)).equals(caption)) {
            right++;
          }
        }
      }
    }
    assertThat(right).isGreaterThanOrEqualTo(7);
  }

  private static String nearest(RgbImage image) {
    return IMAGES.entrySet().stream()
        .min((a, b) -> Double.compare(distance(image, a.getValue()), distance(image, b.getValue())))
        .orElseThrow()
        .getKey();
  }

  /** Mean absolute difference, images in [-1, 1]. */
  private static double distance(RgbImage a, RgbImage b) {
    double sum = 0;
    for (int i = 0; i < a.planes().length; i++) {
      sum += Math.abs(a.planes()[i] - b.planes()[i]);
    }
    return sum / a.planes().length;
  }

  @Test
  void oneLatentGivesTheSameImageAtEverySize() {
    try (TextToImage textToImage = TextToImage.load(model);
        ImageField field = textToImage.generate("red apple", textToImage.defaults())) {
      RgbImage small = field.renderAtResolution(64, 64);
      for (int size : new int[] {128, 192}) {
        RgbImage blocks =
            Resampler.resize(
                field.renderAtResolution(size, size),
                Resampling.BOX,
                small.height(),
                small.width());
        assertThat(distance(small, blocks)).isLessThan(0.03);
      }
    }
  }

  @Test
  void sameSeedGivesTheSameBytesInAFreshProgram() {
    assertThat(generate(5).toRgbBytes()).isEqualTo(generate(5).toRgbBytes());
    assertThat(generate(5).toRgbBytes()).isNotEqualTo(generate(6).toRgbBytes());
  }

  private static RgbImage generate(long seed) {
    try (TextToImage textToImage = TextToImage.load(model);
        ImageField field =
            textToImage.generate("rocket", textToImage.defaults().withSeed(seed).withSteps(5))) {
      return field.renderAtResolution(48, 40);
    }
  }
}
