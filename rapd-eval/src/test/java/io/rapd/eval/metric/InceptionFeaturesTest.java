package io.rapd.eval.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.Devices;
import io.rapd.core.torch.TorchScriptFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InceptionFeaturesTest {
  private static final int DIMENSIONS = 2048;

  /** Called as Inception is; feature d is relu(sum over channels c of mean_c sin(c + 3 d)). */
  private static final String NETWORK =
      """
      def forward(self, images: Tensor, return_features: bool) -> Tensor:
        means = torch.mean(torch.to(images, 6), [2, 3])
        rows = torch.reshape(torch.arange(3, dtype=6), [3, 1])
        columns = torch.mul(torch.arange(2048, dtype=6), 3)
        return torch.relu(torch.matmul(means, torch.sin(torch.add(rows, columns))))
      """;

  @TempDir private Path folder;

  private InceptionFeatures load(String network) throws IOException {
    Path file = TorchScriptFile.write(folder.resolve("inception.pt"), network);
    return InceptionFeatures.load(file, Optional.empty(), Devices.of("cpu"));
  }

  private static RgbImage flat(int height, int width, int... rgb) {
    byte[] pixels = new byte[height * width * 3];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) rgb[i % 3];
    }
    return RgbImage.fromRgbBytes(height, width, pixels);
  }

  @Test
  void featuresAreThoseOfTheNetworkOnBytesByChannel() throws IOException {
    int[] red = {200, 30, 7};
    int[] blue = {0, 128, 255};
    try (InceptionFeatures inception = load(NETWORK)) {
      float[] features = inception.of(List.of(flat(5, 7, red), flat(5, 7, blue)));
      assertThat(features).hasSize(2 * DIMENSIONS);
      for (int d = 0; d < DIMENSIONS; d++) {
        assertThat((double) features[d]).isCloseTo(expected(red, d), Offset.offset(1e-2));
        assertThat((double) features[DIMENSIONS + d])
            .isCloseTo(expected(blue, d), Offset.offset(1e-2));
      }
    }
  }

  private static double expected(int[] rgb, int d) {
    double sum = 0;
    for (int c = 0; c < 3; c++) {
      sum += rgb[c] * Math.sin((float) (c + 3 * d));
    }
    return Math.max(0, sum);
  }

  @Test
  void aSetIsAtNoDistanceFromItselfAndTheDigestIsThatOfTheFile() throws Exception {
    Random random = new Random(1);
    String narrow = NETWORK.replace("2048", "40"); // LAPACK needs seconds for 2048
    try (InceptionFeatures inception = load(narrow)) {
      FeatureStatistics.Accumulator first = new FeatureStatistics.Accumulator(40);
      for (int i = 0; i < 6; i++) {
        RgbImage image = flat(8, 8, random.nextInt(256), random.nextInt(256), random.nextInt(256));
        first.add(inception.of(List.of(image)));
      }
      assertThat(first.singular()).isTrue();
      FeatureStatistics statistics = first.finish();
      assertThat(FrechetDistance.between(statistics, statistics)).isLessThan(1e-6);
      byte[] bytes = Files.readAllBytes(folder.resolve("inception.pt"));
      String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
      assertThat(inception.digest()).isEqualTo(digest);
    }
  }

  @Test
  void filesWithAnotherDigestOrOtherOutputsAreRefused() throws IOException {
    Path file = TorchScriptFile.write(folder.resolve("inception.pt"), NETWORK);
    assertThatThrownBy(() -> InceptionFeatures.load(file, Optional.of("00ff"), Devices.of("cpu")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("inception.pt: expected the SHA-256 digest 00ff, found ");
    Path text = Files.writeString(folder.resolve("text.pt"), "no zip");
    assertThatThrownBy(() -> InceptionFeatures.load(text, Optional.empty(), Devices.of("cpu")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("text.pt: expected a TorchScript file");
    Path missing = folder.resolve("missing.pt");
    assertThatThrownBy(() -> InceptionFeatures.load(missing, Optional.empty(), Devices.of("cpu")))
        .hasMessageContaining("missing.pt: expected a TorchScript file, found none");
    String maps =
        """
        def forward(self, images: Tensor, return_features: bool) -> Tensor:
          return torch.to(images, 6)
        """;
    String one =
        """
        def forward(self, images: Tensor) -> Tensor:
          return torch.mean(torch.to(images, 6), [2, 3])
        """;
    String infinite =
        """
        def forward(self, images: Tensor, return_features: bool) -> Tensor:
          return torch.log(torch.mul(torch.mean(torch.to(images, 6), [2, 3]), 0))
        """;
    for (String network : List.of(maps, one, infinite)) {
      try (InceptionFeatures inception = load(network)) {
        assertThatThrownBy(() -> inception.of(List.of(flat(4, 4, 1, 2, 3))))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("inception.pt: ");
      }
    }
  }

  @Test
  void patchesCoverTheImageFromEdgeToEdge() {
    float[] planes = new float[3 * 10 * 7];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = i;
    }
    RgbImage image = new RgbImage(10, 7, planes);
    Patches patches = new Patches(4);
    assertThat(patches.count(image)).isEqualTo(6);
    List<RgbImage> all = patches.of(image);
    boolean[] seen = new boolean[70];
    for (RgbImage patch : all) {
      assertThat(patch.height()).isEqualTo(4);
      for (float value : Arrays.copyOf(patch.planes(), 16)) {
        seen[(int) value] = true;
      }
    }
    assertThat(seen).doesNotContain(false);
    assertThat(new Patches(10).count(image)).isEqualTo(1);
    assertThatThrownBy(() -> new Patches(10).of(image))
        .hasMessageContaining("at least 10 x 10 pixels");
  }
}
