package io.rapd.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.config.ConfigFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders and shards in the states in which people have them. */
class DataSetsAsFoundTest {
  private static final byte[] IMAGE = ImageFiles.png(4, 4, 0x112233);

  @TempDir Path folder;

  private static byte[] image(int color) {
    return ImageFiles.png(4, 4, color);
  }

  private Path file(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, bytes);
  }

  private Path file(String name, String text) throws IOException {
    return file(name, text.getBytes(StandardCharsets.UTF_8));
  }

  private ImageTextSource open(String name) {
    return ImageTextSource.open(folder.resolve(name).toString(), Split.ALL, true);
  }

  private ImageTextSource open(String name, String files) {
    return ImageTextSource.open(
        folder.resolve(name).toString(),
        new DataSelection(
            Split.ALL, true, ConfigFile.parse("files", files, SampleFiles.class, List.of())));
  }

  private static List<String> keys(ImageTextSource source) {
    return IntStream.range(0, source.size()).mapToObj(source::key).toList();
  }

  private static TarFiles pairs(String... keys) {
    TarFiles tar = new TarFiles();
    for (String key : keys) {
      tar.put(key + ".png", IMAGE).put(key + ".txt", "caption of " + key);
    }
    return tar;
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream stream = new GZIPOutputStream(packed)) {
      stream.write(bytes);
    }
    return packed.toByteArray();
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  /** As webdataset.tariterators.base_plus_ext splits these names. */
  @Test
  void keysInShardsEndAtTheFirstDotOfTheName() throws IOException {
    String[][] names = {
      {"s0.input.jpg", "s0", "input.jpg"},
      {"train.v1/0001.png", "train.v1/0001", "png"},
      {"./a/b.c.d.txt", "a/b", "c.d.txt"},
      {"../up.png", "../up", "png"},
      {"/data/x.left.JPG", "/data/x", "left.jpg"},
    };
    SampleFiles files = SampleFiles.DEFAULT.withKey(KeyRule.FIRST_DOT);
    for (String[] name : names) {
      assertThat(files.split(name[0])).contains(new SampleFiles.Name(name[1], name[2]));
    }
    for (String hidden : new String[] {"._a.png", "a/._b.png", ".x/c.png", "__meta__/a.png", "a"}) {
      assertThat(files.split(hidden)).isEqualTo(Optional.empty());
    }
  }

  @Test
  void compoundExtensionsAreChosenByConfiguration() throws IOException {
    file(
        "t/0.tar",
        new TarFiles()
            .put("s0.input.png", image(1))
            .put("s0.depth.png", image(2))
            .put("s0.output.txt", "one")
            .put("s0.json", "{}")
            .bytes());
    ImageTextSource source =
        open("t", "{\"image\": [\"input.png\"], \"caption\": [\"output.txt\"]}");
    assertThat(keys(source)).containsExactly("s0");
    assertThat(source.read(0).image()).isEqualTo(image(1));
    assertThat(source.captions(0)).containsExactly("one");
    assertThat(open("t", "{\"image\": [\"depth.png\"]}").read(0).image()).isEqualTo(image(2));
    assertThatThrownBy(() -> open("t"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("s0.depth.png: expected one image of this name, found also ")
        .hasMessageEndingWith("data.files.image chooses one");
  }

  /** Old folders keep their keys, and with them their split: the last dot, unless configured. */
  @Test
  void keysInFoldersEndAtTheExtension() throws IOException {
    file("f/v1.5/x.y.png", IMAGE);
    file("f/v1.5/x.y.txt", "one");
    assertThat(keys(open("f"))).containsExactly("v1.5/x.y");
    assertThat(keys(open("f", "{\"key\": \"first_dot\"}"))).containsExactly("v1.5/x");
    file("g/s0.input.png", IMAGE);
    file("g/s0.output.txt", "one");
    ImageTextSource source =
        open("g", "{\"image\": [\"input.png\"], \"caption\": [\"output.txt\"]}");
    assertThat(keys(source)).containsExactly("s0");
    file("t/0.tar", pairs("a.b").bytes());
    assertThat(keys(open("t"))).containsExactly("a");
    assertThat(keys(open("t", "{\"key\": \"extension\"}"))).containsExactly("a.b");
  }

  @Test
  void captionsMayBeFieldsOfJson() throws IOException {
    file(
        "t.tar",
        new TarFiles()
            .put("a.png", IMAGE)
            .put("a.json", "{\"caption\": \" red \", \"alt\": [\"x\", \"y\"]}")
            .put("b.png", IMAGE)
            .put("b.json", "{\"caption\": 3}")
            .put("c.png", IMAGE)
            .put("c.json", "{\"text\": \"t\"}")
            .bytes());
    assertThatThrownBy(() -> open("t.tar"))
        .hasMessageContaining("a.png: expected a caption (txt)")
        .hasMessageContaining("other files: .json");
    ImageTextSource source = open("t.tar", "{\"caption\": [\"json\"]}");
    assertThat(source.captions(0)).containsExactly("red");
    assertThat(open("t.tar", "{\"caption\": [\"json\"], \"captionField\": \"alt\"}").captions(0))
        .containsExactly("x", "y");
    assertThatThrownBy(() -> source.captions(1))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("b.json: expected field \"caption\" with a string")
        .hasMessageContaining("found number");
    assertThatThrownBy(() -> source.captions(2)).hasMessageContaining("found fields text");
    file("u.tar", new TarFiles().put("a.png", IMAGE).put("a.txt", "t").put("a.json", "{").bytes());
    assertThat(open("u.tar", "{\"caption\": [\"txt\", \"json\"]}").captions(0))
        .containsExactly("t");
    ImageTextSource damaged = open("u.tar", "{\"caption\": [\"json\", \"txt\"]}");
    assertThatThrownBy(() -> damaged.captions(0)).hasMessageContaining("found damaged JSON");
  }

  @Test
  void compressedAndUpperCaseShardsAreRead() throws IOException {
    byte[] packed = gzip(pairs("a", "b").bytes());
    file("one.tar.gz", packed);
    file("many/0.TAR", pairs("x").bytes());
    file("many/1.tgz", gzip(pairs("y").bytes()));
    file("many/2.tar", gzip(pairs("z").bytes())); // gzip under the name of a tar
    assertThat(keys(open("one.tar.gz"))).containsExactly("a", "b");
    assertThat(open("one.tar.gz").read(1).image()).isEqualTo(IMAGE);
    ImageTextSource many = open("many");
    assertThat(keys(many)).containsExactly("x", "y", "z");
    for (int i = 0; i < 3; i++) {
      assertThat(many.read(i).image()).isEqualTo(IMAGE);
      assertThat(many.captions(i)).containsExactly("caption of " + many.key(i));
    }
    Path cut = file("cut.tar.gz", Arrays.copyOf(packed, packed.length / 2));
    assertThatThrownBy(() -> open("cut.tar.gz"))
        .isInstanceOf(DataException.class)
        .hasMessage(cut + ": expected a whole .tar.gz, found its end (truncated)");
  }

  @Test
  void shardsAreFoundInSubfoldersByPatternAndByRange() throws IOException {
    for (int i = 8; i <= 11; i++) {
      file(String.format(Locale.ROOT, "s/%02d/%04d.tar", i % 2, i), pairs("k" + i).bytes());
    }
    assertThat(keys(open("s"))).containsExactly("k10", "k11", "k8", "k9");
    assertThat(keys(open("s/*/*.tar"))).hasSize(4);
    assertThat(keys(open("s/**.tar"))).hasSize(4);
    assertThat(keys(open("s/01/*.tar"))).containsExactly("k11", "k9");
    assertThat(keys(open("s/0{0,1}/*.tar"))).hasSize(4);
    assertThat(keys(open("s/00/00{08,10}.tar"))).containsExactly("k10", "k8");
  }

  @Test
  void bracesExpandAsInTheShell() {
    assertThat(ShardNames.expand("d/{008..011}.tar"))
        .containsExactly("d/008.tar", "d/009.tar", "d/010.tar", "d/011.tar");
    assertThat(ShardNames.expand("{a,b}-{9..10}")).containsExactly("a-9", "a-10", "b-9", "b-10");
    assertThat(ShardNames.expand("{000..127}")).hasSize(128).endsWith("127");
    assertThatThrownBy(() -> ShardNames.expand("{5..2}")).hasMessageContaining("found {5..2}");
  }

  @Test
  void aMissingShardOfARangeIsNamed() throws IOException {
    file("s/0.tar", pairs("a").bytes());
    file("s/1.tar", pairs("b").bytes());
    assertThat(keys(open("s/{0..1}.tar"))).containsExactly("a", "b");
    assertThatThrownBy(() -> open("s/{0..2}.tar"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("expected the shard " + folder.resolve("s/2.tar"));
    assertThatThrownBy(() -> open("s/x*.tar")).hasMessageContaining("found no file of such a name");
    file("p [1] {a}/0.tar", pairs("c").bytes()); // a folder of that name is no pattern
    assertThat(keys(open("p [1] {a}"))).containsExactly("c");
  }

  @Test
  void aFolderOfImagesKeepsItsArchives() throws IOException {
    file("f/a.png", IMAGE);
    file("f/a.txt", "a");
    file("f/old/backup.tar", pairs("b").bytes());
    assertThat(keys(open("f"))).containsExactly("a");
  }

  @Test
  void linksAndFilesOfMacOsInShardsArePassedOver() throws IOException {
    file(
        "t.tar",
        pairs("a").putLink("b.png", "a.png").put("b.txt", "b").put("._a.png", "x").bytes());
    assertThat(keys(open("t.tar"))).containsExactly("a");
  }

  @Test
  void joinedArchivesAreReadWhole() throws IOException {
    byte[] a = pairs("a").bytes();
    file("t.tar", joined(joined(a, pairs("b").bytes()), pairs("c").bytes()));
    ImageTextSource source = open("t.tar");
    assertThat(keys(source)).containsExactly("a", "b", "c");
    assertThat(source.captions(2)).containsExactly("caption of c");
    Path other = file("o.tar", joined(a, new byte[] {1, 2, 3}));
    assertThatThrownBy(() -> open("o.tar"))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(other + ": expected ");
    byte[] b = pairs("b", "d").bytes();
    Path cut = file("c.tar", joined(a, Arrays.copyOf(b, 700)));
    assertThatThrownBy(() -> open("c.tar"))
        .isInstanceOf(DataException.class)
        .hasMessageStartingWith(cut + ": expected ");
  }

  @Test
  void namesPairAcrossUnicodeNormalisation() throws IOException {
    String composed = Normalizer.normalize("é", Normalizer.Form.NFC);
    String decomposed = Normalizer.normalize("é", Normalizer.Form.NFD);
    file(
        "t.tar",
        new TarFiles().put(decomposed + ".png", IMAGE).put(composed + ".txt", "accent").bytes());
    ImageTextSource source = open("t.tar");
    assertThat(keys(source)).containsExactly(decomposed); // the image's own spelling, as before
    assertThat(source.captions(0)).containsExactly("accent");
  }

  @Test
  void otherFilesBesideImagesArePassedOver() throws IOException {
    file("f/a.png", IMAGE);
    file("f/a.txt", "a");
    file("f/README.txt", "about");
    file("f/z.bmp", "BM");
    file("f/z.txt", "old format");
    file("f/y.avif", "x");
    file("f/n.png", IMAGE); // without a caption
    file("f/metadata.jsonl", "{}");
    PassedOver passedOver = new PassedOver();
    Pairs<Path> pairs =
        new Pairs<>(SampleFiles.DEFAULT.withKey(KeyRule.EXTENSION), Path::toString, passedOver);
    FolderWalk.files(folder.resolve("f"), passedOver).forEach(pairs::add);
    assertThat(pairs.paired(true)).hasSize(1);
    assertThat(passedOver.line())
        .contains("2 captions without an image (first: " + folder.resolve("f/README.txt") + ")")
        .contains("1 images of a format that is not read (bmp)")
        .contains("1 images of a format that is not read (avif)")
        .contains("1 images without a caption");
    assertThat(keys(open("f"))).containsExactly("a");
  }

  @Test
  void aCycleOfLinksEnds() throws IOException {
    file("set/in/a.png", IMAGE);
    file("set/in/a.txt", "a");
    file("other/b.png", IMAGE);
    Files.createSymbolicLink(folder.resolve("set/in/up"), Path.of(".."));
    Files.createSymbolicLink(folder.resolve("set/out"), folder);
    Files.createSymbolicLink(folder.resolve("set/gone"), Path.of("nowhere"));
    assertThat(keys(open("set"))).containsExactly("in/a");
    Files.createSymbolicLink(folder.resolve("set/linked"), folder.resolve("other"));
    assertThat(keys(ImageTextSource.open(folder.resolve("set").toString(), Split.ALL, false)))
        .containsExactly("in/a", "linked/b");
  }

  @Test
  void oneKeyInSeveralShardsMeansSeveralSamples() throws IOException {
    file("t/000.tar", new TarFiles().put("0.png", image(1)).put("0.txt", "one").bytes());
    file(
        "t/sub/001.tar",
        new TarFiles()
            .put("0.png", image(2))
            .put("0.txt", "two")
            .put("1.png", image(3))
            .put("1.txt", "three")
            .bytes());
    ImageTextSource source = open("t");
    assertThat(keys(source)).containsExactly("000/0", "1", "sub/001/0");
    assertThat(source.captions(0)).containsExactly("one");
    assertThat(source.captions(2)).containsExactly("two");
    assertThat(source.read(2).image()).isEqualTo(image(2));
  }

  @Test
  void aSmallSetSaysWhichSplitToSet() throws IOException {
    file("t.tar", pairs("a0", "a1", "a2").bytes());
    Split none =
        Arrays.stream(Split.values())
            .filter(s -> !s.contains("a0") && !s.contains("a1") && !s.contains("a2"))
            .findFirst()
            .orElseThrow();
    assertThatThrownBy(() -> ImageTextSource.open(folder.resolve("t.tar").toString(), none, true))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("found none of 3")
        .hasMessageEndingWith("for a small set, set data.train and data.validation to \"all\"");
  }

  @Test
  void impossibleFilesAreRefused() {
    assertThatThrownBy(() -> open("x", "{\"image\": [\".png\"]}"))
        .hasMessageContaining("files.image must hold extensions");
    assertThatThrownBy(() -> open("x", "{\"image\": [\"png\"], \"caption\": [\"PNG\"]}"))
        .hasMessageContaining("must differ, got \"png\" in both");
  }
}
