package io.rapd.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.rapd.core.image.ImageFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebDatasetSourceTest {
  @TempDir Path folder;

  private static byte[] image(int color) {
    return ImageFiles.png(4, 4, color);
  }

  private Path shard(String name, TarFiles tar) throws IOException {
    return Files.write(folder.resolve(name), tar.bytes());
  }

  private static WebDatasetSource open(Path location) {
    return new WebDatasetSource(location, Split.ALL, true);
  }

  @Test
  void readsShardsInTheOrderOfKeys() throws IOException {
    String longName = "folder/" + "long".repeat(60) + "/ä";
    shard(
        "2.tar",
        new TarFiles().put("b.txt", "bee\nblack").put("b.png", image(2)).put("b.json", "{}"));
    Path first =
        shard(
            "1.tar",
            new TarFiles()
                .put("./c.png", image(3))
                .put("./._c.png", "resource fork")
                .put(longName + ".png", image(4))
                .put(longName + ".txt", "long")
                .put("./c.txt", "sea")
                .put("empty.cls", ""));
    Files.writeString(folder.resolve("index.txt"), "not a shard");
    WebDatasetSource source = open(folder);
    assertThat(source.size()).isEqualTo(3);
    assertThat(IntStream.range(0, 3).mapToObj(source::key)).containsExactly("b", "c", longName);
    assertThat(source.captions(0)).containsExactly("bee", "black");
    assertThat(source.read(0).image()).isEqualTo(image(2));
    assertThat(source.read(1).image()).isEqualTo(image(3));
    assertThat(source.read(1).imageName()).isEqualTo(first + "!./c.png");
    assertThat(source.read(2).image()).isEqualTo(image(4));
    assertThat(source.captions(2)).containsExactly("long");
    assertThat(open(first).size()).isEqualTo(2);
    assertThat(source.description()).isEqualTo("WebDataset " + folder + ", split ALL, 3 samples");
  }

  @Test
  void threadsShareASource() throws IOException {
    TarFiles tar = new TarFiles();
    for (int i = 0; i < 20; i++) {
      tar.put("p" + (char) ('a' + i) + ".png", image(i))
          .put("p" + (char) ('a' + i) + ".txt", i + "");
    }
    WebDatasetSource source = open(shard("s.tar", tar));
    IntStream.range(0, 400)
        .parallel()
        .forEach(
            i -> {
              Sample sample = source.read(i % 20);
              assertThat(sample.image()).isEqualTo(image(i % 20));
              assertThat(source.captions(i % 20)).containsExactly(String.valueOf(i % 20));
            });
  }

  @Test
  void aNameMayAppearOnce() throws IOException {
    Path twice = shard("t.tar", new TarFiles().put("a.png", image(1)).put("a.png", image(2)));
    assertThatThrownBy(() -> open(twice))
        .isInstanceOf(DataException.class)
        .hasMessage(twice + ": expected distinct names, found entry a.png twice");
    Files.delete(twice);
    Path one = shard("1.tar", new TarFiles().put("a.png", image(1)).put("a.txt", "a"));
    Path two = shard("2.tar", new TarFiles().put("a.png", image(2)));
    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(DataException.class)
        .hasMessage(two + "!a.png: expected a name of its own, found also " + one + "!a.png");
    Files.delete(two);
    Path three = shard("3.tar", new TarFiles().put("a.webp", image(2)));
    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(DataException.class)
        .hasMessage(
            three + "!a.webp: expected one image of this name, found also " + one + "!a.png");
  }

  @Test
  void captionsAndImagesBelongTogether() throws IOException {
    Path file = shard("a.tar", new TarFiles().put("a.png", image(1)));
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(DataException.class)
        .hasMessage(file + "!a.png: expected a caption a.txt beside this image, found none");
    assertThat(new WebDatasetSource(file, Split.ALL, false).size()).isEqualTo(1);
    shard("a.tar", new TarFiles().put("x/a.txt", "a"));
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(DataException.class)
        .hasMessage(
            file + "!x/a.txt: expected an image of the same name beside this caption, found none");
    shard("a.tar", new TarFiles().put("a.txt", " ").put("a.png", image(1)));
    assertThatThrownBy(() -> open(file).captions(0))
        .isInstanceOf(DataException.class)
        .hasMessage(file + "!a.txt: expected a caption, found a blank file");
    shard("a.tar", new TarFiles());
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(DataException.class)
        .hasMessage(file + ": expected images (png, jpg, jpeg, webp), found none");
  }

  @Test
  void linksAreRefused() throws IOException {
    Path file = shard("a.tar", new TarFiles().putLink("a.png", "b.png"));
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(DataException.class)
        .hasMessage(file + ": expected plain files, found the link or sparse file a.png");
  }

  @Test
  void aShardCutAnywhereIsRefused() throws IOException {
    TarFiles tar =
        new TarFiles()
            .put("a.png", image(1))
            .put("a.txt", "a")
            .put("long".repeat(60) + ".png", image(2)) // with a header of its own for the name
            .put("long".repeat(60) + ".txt", "b");
    byte[] whole = tar.bytes();
    Set<Integer> lengths = new TreeSet<>();
    int complete = tar.ends().values().stream().mapToInt(Integer::intValue).max().orElseThrow();
    for (int at = 0; at <= complete + 511; at += 73) {
      lengths.add(at);
    }
    for (int at = 0; at <= complete; at += 512) {
      lengths.add(at);
    }
    Path file = folder.resolve("cut.tar");
    for (int length : lengths) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThat(catchThrowable(() -> open(file)))
          .as("%d of %d bytes", length, whole.length)
          .isInstanceOf(DataException.class)
          .hasMessageStartingWith(file + ": expected ")
          .hasMessageNotContaining("\n");
    }
    Files.write(file, Arrays.copyOf(whole, complete + 512)); // one block of zeros is enough
    assertThat(open(file).size()).isEqualTo(2);
  }

  @Test
  void damagedShardsEndInAResultOrAnException() throws IOException {
    byte[] whole =
        new TarFiles().put("a.png", image(1)).put("a.txt", "a").put("ä.txt", "b").bytes();
    Random random = new Random(3);
    Path file = folder.resolve("damaged.tar");
    for (int round = 0; round < 600; round++) {
      byte[] damaged = whole.clone();
      for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      Files.write(file, damaged);
      Throwable thrown = catchThrowable(() -> open(file).read(0));
      if (thrown != null) {
        assertThat(thrown)
            .isInstanceOf(DataException.class)
            .hasMessageStartingWith(file.toString())
            .hasMessageNotContaining("\n");
      }
    }
  }

  @Test
  void otherFilesAreNoShards() throws IOException {
    Path file = Files.write(folder.resolve("a.tar"), image(1));
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(file + ": expected ");
    Files.writeString(file, "a text of more than one block. ".repeat(60));
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(file + ": expected ");
  }

  @Test
  void aShardThatShrinksLaterIsNamed() throws IOException {
    Path file = shard("a.tar", new TarFiles().put("a.txt", "a").put("a.png", image(1)));
    WebDatasetSource source = open(file);
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 1_600));
    assertThatThrownBy(() -> source.read(0))
        .isInstanceOf(DataException.class)
        .hasMessage(file + "!a.png: expected " + image(1).length + " bytes, found 64");
    Files.delete(file);
    assertThatThrownBy(() -> source.read(0))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(file + "!a.png: expected a readable file, found NoSuchFile");
  }

  @Test
  void aDamagedImageInTheMiddleIsNamed() throws IOException {
    TarFiles tar = new TarFiles();
    for (int i = 0; i < 9; i++) {
      byte[] image = image(i);
      if (i == 5) {
        image[image.length - 16] ^= 1;
      }
      tar.put("p" + i + ".png", image).put("p" + i + ".txt", "p");
    }
    Path file = shard("a.tar", tar);
    WebDatasetSource source = open(file);
    ImageCache images = new ImageCache(source, 1 << 20);
    MultiResolutionCrops crops =
        new MultiResolutionCrops(source, images, new CropConfig(2, 2, false), 3, 1);
    Throwable thrown =
        catchThrowable(
            () -> {
              for (int step = 1; step <= 3; step++) { // one epoch
                crops.batch(step);
              }
            });
    assertThat(thrown)
        .isInstanceOf(ImageFileException.class)
        .hasMessageStartingWith(file + "!p5.png: expected an intact PNG file, found ");
  }
}
