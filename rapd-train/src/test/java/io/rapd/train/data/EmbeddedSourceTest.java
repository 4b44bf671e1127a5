package io.rapd.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;

/** The counts were taken from the shards by a Python program. */
class EmbeddedSourceTest {
  private static final String FOLDER = "fluent-emoji/";

  private static byte[] resource(String name) throws IOException {
    try (InputStream stream = EmbeddedSource.class.getResourceAsStream(FOLDER + name)) {
      assertThat(stream).as(name).isNotNull();
      return stream.readAllBytes();
    }
  }

  private static byte[] sha256(byte[] bytes) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(bytes);
  }

  /** Every entry by name, read in sequence by another reader than the source's. */
  private static Map<String, byte[]> entries() throws IOException {
    Map<String, byte[]> entries = new TreeMap<>();
    for (int shard = 0; shard < 4; shard++) {
      try (TarArchiveInputStream tar =
          new TarArchiveInputStream(
              EmbeddedSource.class.getResourceAsStream(FOLDER + "shard-0000" + shard + ".tar"))) {
        for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
          assertThat(entries.put(e.getName(), tar.readAllBytes())).as(e.getName()).isNull();
        }
      }
    }
    return entries;
  }

  @Test
  void shardsHaveTheRecordedSums() throws Exception {
    List<String> lines =
        new String(resource("shards.sha256"), StandardCharsets.US_ASCII).lines().toList();
    assertThat(lines).hasSize(4);
    long size = 0;
    for (String line : lines) {
      byte[] shard = resource(line.substring(66));
      size += shard.length;
      assertThat(HexFormat.of().formatHex(sha256(shard))).isEqualTo(line.substring(0, 64));
    }
    assertThat(size).isLessThan(15_000_000);
  }

  @Test
  void partsAreThoseOfTheHash() throws Exception {
    EmbeddedSource all = new EmbeddedSource(Split.ALL);
    EmbeddedSource train = new EmbeddedSource(Split.TRAIN);
    EmbeddedSource validation = new EmbeddedSource(Split.VALIDATION);
    EmbeddedSource test = new EmbeddedSource(Split.TEST);
    assertThat(all.size()).isEqualTo(1599);
    assertThat(train.size()).isEqualTo(1442);
    assertThat(validation.size()).isEqualTo(79);
    assertThat(test.size()).isEqualTo(78);
    int t = 0;
    int v = 0;
    int s = 0;
    for (int i = 0; i < all.size(); i++) {
      String key = all.key(i);
      byte[] head = Arrays.copyOf(sha256(key.getBytes(StandardCharsets.UTF_8)), 8);
      int percent = new BigInteger(1, head).mod(BigInteger.valueOf(100)).intValue();
      String found =
          percent < 90 ? train.key(t++) : percent < 95 ? validation.key(v++) : test.key(s++);
      assertThat(found).isEqualTo(key);
    }
  }

  @Test
  void samplesAreTheEntriesOfTheShards() throws IOException {
    EmbeddedSource all = new EmbeddedSource(Split.ALL);
    Map<String, byte[]> entries = entries();
    assertThat(entries).hasSize(2 * all.size());
    int captions = 0;
    for (int i = 0; i < all.size(); i++) {
      Sample sample = all.read(i);
      assertThat(sample.key()).isEqualTo(all.key(i));
      assertThat(sample.image()).isEqualTo(entries.get(sample.key() + ".webp"));
      assertThat(sample.imageName())
          .matches("embedded:fluent-emoji/shard-0000\\d\\.tar!" + sample.key() + "\\.webp");
      String text = new String(entries.get(sample.key() + ".txt"), StandardCharsets.UTF_8);
      assertThat(all.captions(i)).isEqualTo(text.lines().toList()).isNotEmpty();
      captions += all.captions(i).size();
    }
    assertThat(captions).isEqualTo(10_835);
  }

  /** Means and pixels as Pillow and NumPy give them, alpha on white. */
  @Test
  void theAppleIsRed() {
    EmbeddedSource validation = new EmbeddedSource(Split.VALIDATION);
    int index = 0;
    while (!validation.key(index).equals("1f34e")) {
      index++;
    }
    Sample sample = validation.read(index);
    assertThat(validation.captions(index))
        .containsExactly("red apple", "apple", "diet", "food", "fruit", "health", "red", "ripe");
    RgbImage image = new RgbImageReader().read(sample.image(), sample.imageName());
    assertThat(image.height()).isEqualTo(256);
    assertThat(image.width()).isEqualTo(256);
    assertPixel(image, 0, 0, 255, 255, 255);
    assertPixel(image, 128, 100, 229, 59, 94);
    assertPixel(image, 200, 128, 198, 37, 107);
    assertPixel(image, 60, 140, 221.5098, 178.9294, 167.4471);
    double[] means = new double[3];
    for (int i = 0; i < image.planes().length; i++) {
      means[i / (256 * 256)] += (image.planes()[i] + 1) * 127.5 / (256 * 256);
    }
    assertThat(means).containsExactly(new double[] {230.8133, 148.3978, 159.5337}, within(1e-3));
  }

  private static void assertPixel(RgbImage image, int row, int column, double... levels) {
    for (int channel = 0; channel < 3; channel++) {
      assertThat((image.at(channel, row, column) + 1) * 127.5)
          .isCloseTo(levels[channel], within(1e-3));
    }
  }

  @Test
  void theLicencesLieBesideTheShards() throws IOException {
    assertThat(new String(resource("README.md"), StandardCharsets.UTF_8))
        .contains("MIT License")
        .contains("Copyright (c) Microsoft Corporation")
        .contains("1,599 images");
  }

  @Test
  void describesItself() {
    assertThat(new EmbeddedSource(Split.TEST).description())
        .isEqualTo("embedded:fluent-emoji, split TEST, 78 samples");
  }

  @Test
  void groupsPartTheSet() {
    assertThat(EmbeddedSource.groups()).hasSize(1599);
    ImageTextSource food =
        ImageTextSource.open("embedded:fluent-emoji/food-drink", Split.ALL, true);
    assertThat(food.size()).isEqualTo(128);
    List<String> captions = new ArrayList<>();
    for (int i = 0; i < food.size(); i++) {
      captions.add(food.captions(i).get(0));
    }
    assertThat(captions).contains("red apple", "pizza").doesNotContain("grinning face");
    assertThat(food.description())
        .isEqualTo("embedded:fluent-emoji/food-drink, split ALL, 128 samples");
  }
}
