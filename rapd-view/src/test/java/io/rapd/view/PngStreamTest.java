package io.rapd.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.rapd.core.image.ImageBands;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PngStreamTest {
  /** What deflate cannot shorten, so that written bytes tell written rows. */
  private static RgbImage noise(int height, int width) {
    byte[] levels = new byte[RgbImage.CHANNELS * height * width];
    new Random(3).nextBytes(levels);
    return RgbImage.fromRgbBytes(height, width, levels);
  }

  /** An image of one band again and again, that notes how much is written when it is asked. */
  private static final class Repeated implements ImageBands {
    private final RgbImage band;
    private final int times;
    private final ByteCount out;
    private final List<Long> written = new ArrayList<>();

    Repeated(RgbImage band, int times, ByteCount out) {
      this.band = band;
      this.times = times;
      this.out = out;
    }

    @Override
    public int height() {
      return band.height() * times;
    }

    @Override
    public int width() {
      return band.width();
    }

    @Override
    public RgbImage next() {
      written.add(out.bytes);
      return band;
    }
  }

  private static final class ByteCount extends OutputStream {
    private long bytes;

    @Override
    public void write(int b) {
      bytes++;
    }

    @Override
    public void write(byte[] from, int offset, int length) {
      bytes += length;
    }
  }

  @Test
  void rowsAreAskedForWhenThoseBeforeAreWritten() throws IOException {
    ByteCount out = new ByteCount();
    RgbImage band = noise(64, 1000);
    Repeated image = new Repeated(band, 20, out);
    PngStream.write(image, out);
    assertThat(image.written).hasSize(20);
    long bandBytes = 64 * 3000;
    for (int i = 0; i < 20; i++) {
      assertThat(image.written.get(i))
          .as("bytes written when band %d is asked for", i)
          .isGreaterThan(i * bandBytes - 2 * (1 << 16)); // a chunk, and what deflate holds
    }
  }

  @Test
  void whatIsAllocatedPerRowDoesNotGrowWithTheImage() throws IOException {
    allocated(10); // classes are loaded
    assertThat(allocated(200) - allocated(100)).isLessThan((long) (1.1 * 100 * 8 * 3000));
  }

  private static long allocated(int times) throws IOException {
    ByteCount out = new ByteCount();
    Repeated image = new Repeated(noise(8, 1000), times, out);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long thread = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(thread);
    PngStream.write(image, out);
    return threads.getThreadAllocatedBytes(thread) - before;
  }

  @Test
  void bandsBecomeTheImageThatTheyAreRowsOf() throws IOException {
    RgbImage whole = noise(37, 11);
    List<RgbImage> parts = List.of(whole.crop(0, 0, 20, 11), whole.crop(20, 0, 17, 11));
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    PngStream.write(
        new ImageBands() {
          private int next;

          @Override
          public int height() {
            return 37;
          }

          @Override
          public int width() {
            return 11;
          }

          @Override
          public RgbImage next() {
            return parts.get(next++);
          }
        },
        file);
    assertThat(new RgbImageReader().read(file.toByteArray(), "file")).isEqualTo(whole);
  }
}
