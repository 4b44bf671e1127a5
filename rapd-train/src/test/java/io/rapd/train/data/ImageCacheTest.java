package io.rapd.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.image.ImageFileException;
import io.rapd.core.image.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageCacheTest {
  @TempDir Path folder;

  private ImageTextSource images(int count, int side) {
    for (int i = 0; i < count; i++) {
      int shade = i;
      ImageFiles.write(folder, "p" + i, ImageFiles.png(side, side, (y, x) -> shade << 16 | x));
    }
    return new FolderSource(folder, DataSelection.of(Split.ALL, false));
  }

  @Test
  void keepsAsManyImagesAsFit() {
    ImageTextSource source = images(5, 4);
    AtomicInteger prepared = new AtomicInteger();
    ImageCache cache =
        new ImageCache(
            source,
            3 * 4 * 4 * 3 + 47, // three images, and a byte less than a fourth
            image -> {
              prepared.incrementAndGet();
              return image;
            });
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 5; i++) {
        assertThat(cache.image(i).toRgbBytes()[0]).isEqualTo((byte) i);
      }
    }
    assertThat(cache.bytes()).isEqualTo(3 * 4 * 4 * 3);
    assertThat(prepared).hasValue(3 + 3 * 2);
  }

  @Test
  void concurrentReadersCountAImageOnce() {
    ImageCache cache = new ImageCache(images(2, 64), 1 << 20);
    IntStream.range(0, 64).parallel().forEach(i -> cache.image(i % 2));
    assertThat(cache.bytes()).isEqualTo(2 * 64 * 64 * 3);
  }

  /** Or a resumed run, whose cache is cold, would see other images than the first one. */
  @Test
  void keptAndFreshImagesAreTheSame() {
    ImageFiles.write(folder, "glass", ImageFiles.transparentPng(5, 5, 0x59c81e64));
    ImageTextSource source = new FolderSource(folder, DataSelection.of(Split.ALL, false));
    ImageCache keeping = new ImageCache(source, 1 << 20, new CentreSquare(3));
    RgbImage fresh = keeping.image(0);
    assertThat(keeping.bytes()).isEqualTo(27);
    assertThat(keeping.image(0)).isEqualTo(fresh);
    ImageCache none = new ImageCache(source, 0, new CentreSquare(3));
    assertThat(none.image(0)).isEqualTo(fresh);
    assertThat(none.bytes()).isZero();
  }

  @Test
  void anImageThatCannotBePreparedIsNamed() throws IOException {
    ImageTextSource source = images(1, 4);
    ImageCache cache =
        new ImageCache(
            source,
            0,
            image -> {
              throw new IllegalArgumentException("too odd");
            });
    assertThatThrownBy(() -> cache.image(0))
        .isInstanceOf(DataException.class)
        .hasMessage(
            folder.resolve("p0.png")
                + ": expected an image that can be resized, found 4 x 4: too odd");
    Files.writeString(folder.resolve("p0.png"), "no image");
    assertThatThrownBy(() -> cache.image(0))
        .isInstanceOf(ImageFileException.class)
        .hasMessageStartingWith(folder.resolve("p0.png") + ": expected a PNG");
  }
}
