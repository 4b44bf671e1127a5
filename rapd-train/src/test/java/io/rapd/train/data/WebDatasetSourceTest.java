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

  private static ImageTextSource open(Path location) {
    return ImageTextSource.open(location.toString(), Split.ALL, true);
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
    ImageTextSource source = open(folder);
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
    ImageTextSource source = open(shard("s.tar", tar));
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
    shard("3.tar", new TarFiles().put("a.webp", image(2)).put("a.png", image(1)));
    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("3.tar!a.png: expected one image of this name, found also ")
        .hasMessageContaining("3.tar!a.webp; data.files.image chooses one");
  }

  @Test
  void captionsAndImagesBelongTogether() throws IOException {
    Path file = shard("a.tar", new TarFiles().put("a.png", image(1)).put("b.json", "{}"));
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(DataException.class)
        .hasMessage(
            file
                + "!a.png: expected a caption (txt) beside this image and the others of "
                + file
                + ", found none for 1 images; other files: .json; data.files.caption says which are"
                + " captions");
    assertThat(ImageTextSource.open(file.toString(), Split.ALL, false).size()).isEqualTo(1);
    shard("a.tar", new TarFiles().put("x/a.txt", "a"));
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(DataException.class)
        .hasMessage(file + ": expected images (png, jpg, jpeg, webp), found none");
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
  void aShardCutWithinAnEntryIsRefused() throws IOException {
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
    Set<Integer> ends = new TreeSet<>(tar.ends().values());
    for (int length : lengths) {
      Files.write(file, Arrays.copyOf(whole, length));
      Throwable refused = catchThrowable(() -> open(file));
      if (refused == null) {
        // Entries before the cut are whole, and the cut lies between two.
        assertThat(length).as("a cut that is not noticed").isGreaterThan(0);
        assertThat(ends.stream().anyMatch(end -> end - 512 < length && length <= end + 512))
            .as("%d of %d bytes", length, whole.length)
            .isTrue();
      } else {
        assertThat(refused)
            .isInstanceOf(DataException.class)
            .hasMessageStartingWith(file + "")
            .hasMessageNotContaining("\n");
      }
    }
    Files.write(file, Arrays.copyOf(whole, complete + 512)); // one block of zeros is enough
    assertThat(open(file).size()).isEqualTo(2);
    Files.write(file, Arrays.copyOf(whole, complete)); // with a warning
    assertThat(open(file).size()).isEqualTo(2);
    assertThat(open(file).read(1).image()).isEqualTo(image(2));
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
    ImageTextSource source = open(file);
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
    ImageTextSource source = open(file);
    Steps<MultiResolutionCrops.Batch> crops =
        MultiResolutionCrops.withRandomAccess(
            source,
            1 << 20,
            new MultiResolutionCrops.Settings(
                new CropConfig(2, 2, false, 0), ResizeConfig.DEFAULT, 3, 1),
            UnusableSamples.REFUSED);
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
