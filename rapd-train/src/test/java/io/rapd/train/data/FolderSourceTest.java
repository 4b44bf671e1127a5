package io.rapd.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderSourceTest {
  private static final byte[] IMAGE = ImageFiles.png(2, 3, 0x123456);

  @TempDir Path folder;

  private FolderSource open() {
    return new FolderSource(folder, DataSelection.of(Split.ALL, true));
  }

  private static List<String> keys(ImageTextSource source) {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < source.size(); i++) {
      keys.add(source.key(i));
    }
    return keys;
  }

  @Test
  void listsImagesByTheirPath() throws IOException {
    ImageFiles.write(folder, "b", IMAGE, "a bee", "insect", "yellow");
    ImageFiles.write(folder, "a/z.v2", IMAGE, "zed");
    ImageFiles.write(folder, "B", IMAGE, "capital");
    Files.write(folder.resolve("photo.JPEG"), IMAGE);
    Files.writeString(folder.resolve("photo.txt"), "\uFEFF  a photo \r\n\r\n by me\r\n");
    Files.writeString(folder.resolve("notes.md"), "no sample");
    Files.writeString(folder.resolve("README"), "no sample");
    FolderSource source = open();
    assertThat(keys(source)).containsExactly("B", "a/z.v2", "b", "photo");
    Sample bee = source.read(2);
    assertThat(bee.key()).isEqualTo("b");
    assertThat(bee.image()).isEqualTo(IMAGE);
    assertThat(bee.imageName()).isEqualTo(folder.resolve("b.png").toString());
    assertThat(source.captions(2)).containsExactly("a bee", "insect", "yellow");
    assertThat(source.captions(3)).containsExactly("a photo", "by me");
    assertThat(source.description()).isEqualTo("folder " + folder + ", split ALL, 4 samples");
    assertThatThrownBy(() -> source.read(4)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void hiddenFilesArePassedOver() throws IOException {
    ImageFiles.write(folder, "seen", IMAGE, "seen");
    ImageFiles.write(folder, "._seen", IMAGE);
    ImageFiles.write(folder, ".cache/old", IMAGE);
    ImageFiles.write(folder, "sub/.cache/old", IMAGE);
    Files.writeString(folder.resolve(".txt"), "stray");
    assertThat(keys(open())).containsExactly("seen");
  }

  @Test
  void linksAreFollowed(@TempDir Path elsewhere) throws IOException {
    ImageFiles.write(elsewhere, "real/p", IMAGE, "p");
    Path link = Files.createSymbolicLink(folder.resolve("set"), elsewhere.resolve("real"));
    assertThat(keys(new FolderSource(link, DataSelection.of(Split.ALL, true))))
        .containsExactly("p");
    assertThat(keys(open())).containsExactly("set/p");
  }

  @Test
  void anotherSampleChangesNoSplit() {
    for (int i = 0; i < 60; i++) {
      ImageFiles.write(folder, "s" + i, IMAGE, "s");
    }
    List<String> before = keys(new FolderSource(folder, DataSelection.of(Split.TEST, true)));
    ImageFiles.write(folder, "extra", IMAGE, "extra");
    List<String> after = keys(new FolderSource(folder, DataSelection.of(Split.TEST, true)));
    after.remove("extra");
    assertThat(after).isEqualTo(before).isNotEmpty().allMatch(Split.TEST::contains);
  }

  @Test
  void anImageNeedsACaptionWhereRequired() {
    ImageFiles.write(folder, "in/a", IMAGE);
    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessage(
            folder.resolve("in/a.png")
                + ": expected a caption (txt) beside this image and the others of "
                + folder
                + ", found none for 1 images; data.files.caption says which are captions");
    FolderSource source = new FolderSource(folder, DataSelection.of(Split.ALL, false));
    assertThat(source.captions(0)).isEmpty();
  }

  @Test
  void badCaptionsAreNamed() throws IOException {
    ImageFiles.write(folder, "a", IMAGE, "a");
    FolderSource source = open();
    Path caption = folder.resolve("a.txt");
    Files.writeString(caption, " \n\t\r\n");
    assertThatThrownBy(() -> source.captions(0))
        .isInstanceOf(DataException.class)
        .hasMessage(caption + ": expected a caption, found a blank file");
    Files.write(caption, "caf\u00e9".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> source.captions(0))
        .isInstanceOf(DataException.class)
        .hasMessage(caption + ": expected UTF-8 text, found other bytes");
    Files.delete(caption);
    assertThatThrownBy(() -> source.captions(0))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(caption + ": expected a readable file, found NoSuchFileException");
  }

  @Test
  void twoFilesOfOneKeyAreRefused() throws IOException {
    ImageFiles.write(folder, "a", IMAGE, "a");
    Files.write(folder.resolve("a.webp"), IMAGE);
    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessage(
            folder.resolve("a.webp")
                + ": expected one image of this name, found also "
                + folder.resolve("a.png")
                + "; data.files.image chooses one");
    Files.delete(folder.resolve("a.webp"));
    Files.writeString(folder.resolve("a.TXT"), "again");
    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessageContaining("expected one caption of this name, found also ");
  }

  @Test
  void emptySetsAndSplitsAreRefused() {
    assertThatThrownBy(this::open)
        .isInstanceOf(DataException.class)
        .hasMessage(folder + ": expected images (png, jpg, jpeg, webp), found none");
    ImageFiles.write(folder, "a", IMAGE, "a"); // of the training split
    assertThatThrownBy(() -> new FolderSource(folder, DataSelection.of(Split.TEST, true)))
        .isInstanceOf(DataException.class)
        .hasMessage(
            folder
                + ": expected samples in the test split, found none of 1; splits take about 90, 5"
                + " and 5 % by key: for a small set, set data.train and data.validation to \"all\"");
  }
}
