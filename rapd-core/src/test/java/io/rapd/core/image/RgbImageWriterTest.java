package io.rapd.core.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.fixture.ChildProcess;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class RgbImageWriterTest {
  @TempDir Path folder;

  private static RgbImage noise(int height, int width) {
    byte[] rgb = new byte[3 * height * width];
    new Random(height * 31 + width).nextBytes(rgb);
    return RgbImage.fromRgbBytes(height, width, rgb);
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    RgbImage image = noise(11, 6);
    Path file = folder.resolve("new/below/image.png");
    new RgbImageWriter().writePng(image, file);
    assertThat(new RgbImageReader().read(file)).isEqualTo(image);
    BufferedImage other = ImageIO.read(file.toFile());
    byte[] rgb = image.toRgbBytes();
    for (int i = 0; i < rgb.length / 3; i++) {
      int expected =
          (rgb[3 * i] & 0xff) << 16 | (rgb[3 * i + 1] & 0xff) << 8 | (rgb[3 * i + 2] & 0xff);
      assertThat(other.getRGB(i % 6, i / 6) & 0xffffff).isEqualTo(expected);
    }
  }

  @Test
  void replacesAnOlderFileAndLeavesNothingElse() throws IOException {
    Path file = folder.resolve("image.png");
    new RgbImageWriter().writePng(noise(3, 3), file);
    new RgbImageWriter().writePng(noise(1, 9), file);
    assertThat(new RgbImageReader().read(file)).isEqualTo(noise(1, 9));
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void theSamePixelsAreTheSameBytes() throws IOException {
    new RgbImageWriter().writePng(noise(20, 30), folder.resolve("a.png"));
    new RgbImageWriter().writePng(noise(20, 30), folder.resolve("b.png"));
    assertThat(folder.resolve("a.png")).hasSameBinaryContentAs(folder.resolve("b.png"));
  }

  @Test
  void aFailureLeavesNothingBehind() throws IOException {
    RgbImageWriter writer = new RgbImageWriter();
    // The content is complete when the last step, the renaming, fails.
    Path tooLong = folder.resolve("x".repeat(300) + ".png");
    assertThatThrownBy(() -> writer.writePng(noise(2, 2), tooLong))
        .isInstanceOf(ImageFileException.class)
        .hasMessageStartingWith(tooLong + ": expected a writable file, found ")
        .hasMessageNotContaining("\n");
    assertThat(folder).isEmptyDirectory();

    Path plain = Files.writeString(folder.resolve("plain"), "kept");
    assertThatThrownBy(() -> writer.writePng(noise(2, 2), plain.resolve("a.png")))
        .isInstanceOf(ImageFileException.class)
        .hasMessageStartingWith(plain.resolve("a.png") + ": expected a writable file, found ");
    assertThat(plain).hasContent("kept");

    Path inner = Files.createDirectory(folder.resolve("inner"));
    assertThatThrownBy(() -> writer.writePng(noise(2, 2), inner))
        .hasMessage(inner + ": expected a file name, found a folder");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(plain, inner);
    }
  }

  /** Writes an image to the file that the argument names, in a process that cannot write much. */
  public static final class Writer {
    /** Prints the message of the failure. */
    public static void main(String[] arguments) {
      try {
        new RgbImageWriter().writePng(noise(200, 200), Path.of(arguments[0]));
      } catch (ImageFileException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  /** A limit of the file size fails like a full disk: after the file was created. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aWriteThatFailsMidwayNamesTheCauseAndLeavesNothing() throws Exception {
    Path file = folder.resolve("image.png");
    new RgbImageWriter().writePng(noise(3, 3), file);
    List<String> command =
        List.of(
            "sh",
            "-c",
            "ulimit -f 8; exec \"$@\"",
            "sh",
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:-UsePerfData",
            "-Xshare:auto",
            "-cp",
            System.getProperty("java.class.path"),
            Writer.class.getName(),
            file.toString());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    assertThat(output.strip())
        .isEqualTo(file + ": expected a writable file, found IOException: File too large");
    assertThat(new RgbImageReader().read(file)).isEqualTo(noise(3, 3));
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  /** Writes the first rows of an image, says so, and waits to be killed. */
  public static final class Slow {
    public static void main(String[] arguments) {
      ImageBands bands =
          new ImageBands() {
            @Override
            public int height() {
              return 8;
            }

            @Override
            public int width() {
              return 8;
            }

            @Override
            public RgbImage next() {
              System.out.println("started");
              try {
                Thread.sleep(Long.MAX_VALUE);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return noise(8, 8);
            }
          };
      new RgbImageWriter().write(bands, OutputFormat.PNG, Map.of(), Path.of(arguments[0]));
    }
  }

  @Test
  void whatAKilledProcessLeftGoesWithTheNextWriteAndWhatOthersWriteStays() throws Exception {
    Path file = folder.resolve("image.png");
    Process process = ChildProcess.builder(Map.of(), Slow.class.getName(), file + "").start();
    try {
      assertThat((char) process.getInputStream().read()).isEqualTo('s');
      new RgbImageWriter().writePng(noise(3, 3), file);
      assertThat(names()).hasSize(2).contains("image.png"); // its own, and the other's
      process.destroyForcibly().waitFor();
      new RgbImageWriter().writePng(noise(2, 2), folder.resolve("other.png"));
      assertThat(names()).hasSize(3);
      new RgbImageWriter().writePng(noise(4, 4), file);
      assertThat(names()).containsExactlyInAnyOrder("image.png", "other.png");
      assertThat(new RgbImageReader().read(file)).isEqualTo(noise(4, 4));
    } finally {
      process.destroyForcibly();
    }
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(path -> path.getFileName().toString()).toList();
    }
  }

  /** The permissions of a folder stop everyone but root. */
  @Test
  void anUnwritableFolderKeepsItsFiles() throws IOException {
    Path closed = Files.createDirectory(folder.resolve("closed"));
    Path old = closed.resolve("image.png");
    new RgbImageWriter().writePng(noise(3, 3), old);
    assertThat(closed.toFile().setWritable(false)).isTrue();
    try {
      if (Files.isWritable(closed)) {
        return;
      }
      assertThatThrownBy(() -> new RgbImageWriter().writePng(noise(4, 4), old))
          .isInstanceOf(ImageFileException.class)
          .hasMessageStartingWith(old + ": expected a writable file, found ");
      assertThat(new RgbImageReader().read(old)).isEqualTo(noise(3, 3));
    } finally {
      assertThat(closed.toFile().setWritable(true)).isTrue();
    }
  }
}
