package io.rapd.core.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images made with Pillow and libwebp; see make_images.py beside them. */
class RgbImageReaderTest {
  private static final JsonNode EXPECTED = json();

  private final List<String> warnings = Collections.synchronizedList(new ArrayList<>());
  private final RgbImageReader reader = new RgbImageReader(warnings::add);

  private static byte[] file(String name) {
    try (InputStream stream = RgbImageReaderTest.class.getResourceAsStream("/images/" + name)) {
      if (stream == null) {
        throw new IllegalStateException("no test image " + name);
      }
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode json() {
    try {
      return new ObjectMapper().readTree(file("expected.json"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static Stream<String> images() {
    TreeSet<String> names = new TreeSet<>();
    EXPECTED.get("images").fieldNames().forEachRemaining(names::add);
    return names.stream();
  }

  @ParameterizedTest
  @MethodSource("images")
  void readsUprightSrgbPixels(String name) {
    RgbImage image = reader.read(file(name), name);
    JsonNode expected = EXPECTED.get("images").get(name);
    double most = expected.get("most").asDouble();
    double tolerance = expected.get("tolerance").asDouble();
    assertThat(image.height()).isEqualTo(expected.get("height").asInt());
    assertThat(image.width()).isEqualTo(expected.get("width").asInt());
    String warning = expected.get("warning").asText();
    if (warning.isEmpty()) {
      assertThat(warnings).isEmpty();
    } else {
      assertThat(warnings).singleElement().asString().startsWith(name + ": ").contains(warning);
    }
    JsonNode levels = expected.get("levels");
    double worst = 0;
    for (int i = 0; i < levels.size(); i++) {
      int pixel = i / 3;
      float value = image.at(i % 3, pixel / image.width(), pixel % image.width());
      worst = Math.max(worst, Math.abs((value + 1) / 2 - levels.get(i).asDouble() / most) * 255);
    }
    assertThat(worst).as("difference in levels of 255").isLessThanOrEqualTo(tolerance);
  }

  @ParameterizedTest
  @MethodSource("images")
  void aFileCutAnywhereIsRefused(String name) {
    byte[] whole = file(name);
    int end =
        whole.length - (name.contains("trailer") ? 50 : 0); // what follows the image may be cut
    for (int length = 0; length < end; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      Throwable thrown = catchThrowable(() -> reader.read(part, "set.tar!" + name));
      assertThat(thrown)
          .as("%d of %d bytes", length, whole.length)
          .isInstanceOf(ImageFileException.class)
          .hasMessageStartingWith("set.tar!" + name + ": expected ")
          .hasMessageNotContaining("\n");
    }
  }

  /** A result, or an ImageFileException that names the image: no crash, nothing else. */
  @ParameterizedTest
  @MethodSource("images")
  void damagedFilesEndInAResultOrAnException(String name) {
    byte[] whole = file(name);
    Random random = new Random(name.hashCode());
    for (int round = 0; round < 25; round++) {
      byte[] damaged = whole.clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Throwable thrown = catchThrowable(() -> reader.read(damaged, name));
      if (thrown != null) {
        assertThat(thrown)
            .isInstanceOf(ImageFileException.class)
            .hasMessageStartingWith(name + ": expected ")
            .hasMessageNotContaining("\n");
      }
    }
  }

  @Test
  void aDamagedPngIsRefusedByItsChecksum() {
    byte[] png = file("rgb.png");
    png[png.length - 20] ^= 4; // in the compressed pixels
    assertThatThrownBy(() -> reader.read(png, "a.png"))
        .isInstanceOf(ImageFileException.class)
        .hasMessage("a.png: expected an intact PNG file, found chunk IDAT with a wrong checksum");
  }

  @Test
  void anAnimationIsRefused() {
    assertThatThrownBy(() -> reader.read(file("animated.webp"), "a.webp"))
        .isInstanceOf(ImageFileException.class)
        .hasMessage(
            "a.webp: expected an intact WEBP file, found an animation, which is not a single image");
  }

  @Test
  void aJpegWithoutTheEndOfItsPixelsIsRefused() {
    byte[] whole = file("444.jpg");
    byte[] damaged = Arrays.copyOf(whole, whole.length - 40);
    damaged[damaged.length - 2] = (byte) 0xff; // an end marker after the half of it
    damaged[damaged.length - 1] = (byte) 0xd9;
    assertThatThrownBy(() -> reader.read(damaged, "a.jpg"))
        .isInstanceOf(ImageFileException.class)
        .hasMessageContaining("a.jpg: expected a complete JPEG file, found: ");
  }

  @Test
  void otherFilesAreNamedWithTheirStart() {
    assertThatThrownBy(() -> reader.read(new byte[0], "a.png"))
        .hasMessage("a.png: expected a PNG, JPEG or WebP image, found an empty file");
    byte[] text = "GIF89a, says its start".getBytes(StandardCharsets.US_ASCII);
    assertThatThrownBy(() -> reader.read(text, "a.png"))
        .hasMessage(
            "a.png: expected a PNG, JPEG or WebP image, found 22 bytes that start with"
                + " 47 49 46 38 39 61 2c 20");
  }

  @Test
  void theEndingOfTheNameDoesNotMatter(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("a.jpg"), file("lossless.webp"));
    assertThat(reader.read(file)).isEqualTo(reader.read(file("rgb.png"), "rgb.png"));
  }

  @Test
  void whatCannotBeReadIsNamed(@TempDir Path folder) throws IOException {
    Path missing = folder.resolve("missing.png");
    assertThatThrownBy(() -> reader.read(missing))
        .isInstanceOf(ImageFileException.class)
        .hasMessageStartingWith(missing + ": expected a readable image file, found NoSuchFile");
    assertThatThrownBy(() -> reader.read(folder))
        .isInstanceOf(ImageFileException.class)
        .hasMessageStartingWith(folder + ": expected a readable image file, found ");
    Path large = folder.resolve("large.png");
    try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
      file.setLength(3L << 30); // a hole, no disk space
    }
    assertThatThrownBy(() -> reader.read(large))
        .isInstanceOf(ImageFileException.class)
        .hasMessageStartingWith(large + ": expected a readable image file, found ");
  }

  /** Sizes as headers may claim them, with next to no pixels behind. */
  @ParameterizedTest
  @ValueSource(ints = {0, 3_000, 15_000, 40_000, 60_000, Integer.MAX_VALUE, -1})
  void enormousPngSizesAreRefused(int side) {
    byte[] png = file("rgb.png");
    ByteBuffer.wrap(png).putInt(16, side).putInt(20, side);
    CRC32 crc = new CRC32();
    crc.update(png, 12, 17);
    ByteBuffer.wrap(png).putInt(29, (int) crc.getValue());
    assertThatThrownBy(() -> reader.read(png, "a.png"))
        .isInstanceOf(ImageFileException.class)
        .hasMessageStartingWith("a.png: expected ");
  }

  @Test
  void aProfileThatInflatesWithoutEndIsLeftOut() throws IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    content.writeBytes("iCCPx".getBytes(StandardCharsets.US_ASCII));
    content.writeBytes(new byte[2]);
    try (OutputStream zlib = new DeflaterOutputStream(content)) {
      for (int mebibyte = 0; mebibyte < 64; mebibyte++) {
        zlib.write(new byte[1 << 20]);
      }
    }
    CRC32 crc = new CRC32();
    crc.update(content.toByteArray());
    byte[] png = file("rgb.png");
    ByteBuffer bytes = ByteBuffer.allocate(png.length + content.size() + 8);
    bytes.put(png, 0, 33).putInt(content.size() - 4).put(content.toByteArray());
    bytes.putInt((int) crc.getValue()).put(png, 33, png.length - 33);
    assertThat(reader.read(bytes.array(), "a.png")).isEqualTo(reader.read(png, "rgb.png"));
    assertThat(warnings)
        .containsExactly("a.png: the colour profile is above 16 MiB; colours are read as sRGB");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3_000, 15_000, 65_500})
  void enormousJpegSizesAreRefused(int side) {
    byte[] jpeg = file("444.jpg");
    int frame =
        IntStream.range(0, jpeg.length - 1)
            .filter(i -> jpeg[i] == (byte) 0xff && jpeg[i + 1] == (byte) 0xc0)
            .findFirst()
            .orElseThrow();
    ByteBuffer.wrap(jpeg).putShort(frame + 5, (short) side).putShort(frame + 7, (short) side);
    assertThatThrownBy(() -> reader.read(jpeg, "a.jpg"))
        .isInstanceOf(ImageFileException.class)
        .hasMessageStartingWith("a.jpg: expected ");
  }

  @ParameterizedTest
  @ValueSource(ints = {3_000, 16_383})
  void enormousWebPSizesAreRefused(int side) {
    byte[] lossy = file("lossy.webp");
    int key =
        IntStream.range(0, lossy.length - 2)
            .filter(i -> lossy[i] == (byte) 0x9d && lossy[i + 1] == 1 && lossy[i + 2] == 0x2a)
            .findFirst()
            .orElseThrow();
    ByteBuffer.wrap(lossy)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort(key + 3, (short) side)
        .putShort(key + 5, (short) side);
    assertThatThrownBy(() -> reader.read(lossy, "a.webp"))
        .isInstanceOf(ImageFileException.class)
        .hasMessageStartingWith("a.webp: expected ");
  }

  @Test
  void threadsShareAReader() {
    List<String> names = images().toList();
    List<RgbImage> alone = names.stream().map(name -> reader.read(file(name), name)).toList();
    IntStream.range(0, 5 * names.size())
        .parallel()
        .forEach(
            i -> {
              String name = names.get(i % names.size());
              assertThat(reader.read(file(name), name)).isEqualTo(alone.get(i % names.size()));
            });
  }
}
