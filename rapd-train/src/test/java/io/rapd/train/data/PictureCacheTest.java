package io.rapd.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.image.PictureException;
import io.rapd.core.image.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureCacheTest {
  @TempDir Path folder;

  private ImageTextSource pictures(int count, int side) {
    for (int i = 0; i < count; i++) {
      int shade = i;
      PictureFiles.write(folder, "p" + i, PictureFiles.png(side, side, (y, x) -> shade << 16 | x));
    }
    return new FolderSource(folder, Split.ALL, false);
  }

  @Test
  void keepsAsManyPicturesAsFit() {
    ImageTextSource source = pictures(5, 4);
    AtomicInteger prepared = new AtomicInteger();
    PictureCache cache =
        new PictureCache(
            source,
            3 * 4 * 4 * 3 + 47, // three pictures, and a byte less than a fourth
            image -> {
              prepared.incrementAndGet();
              return image;
            });
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 5; i++) {
        assertThat(cache.picture(i).toRgbBytes()[0]).isEqualTo((byte) i);
      }
    }
    assertThat(cache.bytes()).isEqualTo(3 * 4 * 4 * 3);
    assertThat(prepared).hasValue(3 + 3 * 2);
  }

  @Test
  void concurrentReadersCountAPictureOnce() {
    PictureCache cache = new PictureCache(pictures(2, 64), 1 << 20);
    IntStream.range(0, 64).parallel().forEach(i -> cache.picture(i % 2));
    assertThat(cache.bytes()).isEqualTo(2 * 64 * 64 * 3);
  }

  /** Or a resumed run, whose cache is cold, would see other pictures than the first one. */
  @Test
  void keptAndFreshPicturesAreTheSame() {
    PictureFiles.write(folder, "glass", PictureFiles.transparentPng(5, 5, 0x59c81e64));
    ImageTextSource source = new FolderSource(folder, Split.ALL, false);
    PictureCache keeping = new PictureCache(source, 1 << 20, new CentreSquare(3));
    RgbImage fresh = keeping.picture(0);
    assertThat(keeping.bytes()).isEqualTo(27);
    assertThat(keeping.picture(0)).isEqualTo(fresh);
    PictureCache none = new PictureCache(source, 0, new CentreSquare(3));
    assertThat(none.picture(0)).isEqualTo(fresh);
    assertThat(none.bytes()).isZero();
  }

  @Test
  void aPictureThatCannotBePreparedIsNamed() throws IOException {
    ImageTextSource source = pictures(1, 4);
    PictureCache cache =
        new PictureCache(
            source,
            0,
            image -> {
              throw new IllegalArgumentException("too odd");
            });
    assertThatThrownBy(() -> cache.picture(0))
        .isInstanceOf(DataException.class)
        .hasMessage(
            folder.resolve("p0.png")
                + ": expected a picture that can be resized, found 4 x 4: too odd");
    Files.writeString(folder.resolve("p0.png"), "no picture");
    assertThatThrownBy(() -> cache.picture(0))
        .isInstanceOf(PictureException.class)
        .hasMessageStartingWith(folder.resolve("p0.png") + ": expected a PNG");
  }
}
