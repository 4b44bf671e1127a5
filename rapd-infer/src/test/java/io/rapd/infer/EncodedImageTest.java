package io.rapd.infer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.image.RgbImage;
import io.rapd.nif.encoder.Encoder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EncodedImageTest {
  /** The latent is the image; notes the sizes that it is given. */
  private static final class Recording extends Encoder {
    private final List<Shape> given = new ArrayList<>();

    @Override
    public int channels() {
      return 3;
    }

    @Override
    public int margin() {
      return 18;
    }

    @Override
    public NDArray forward(NDArray image) {
      given.add(image.getShape());
      return image.duplicate();
    }
  }

  @Test
  void whatIsEncodedAtOnceDoesNotGrowWithTheCellsThatATileNeeds() {
    RgbImage image = new RgbImage(700, 650, new float[3 * 700 * 650]);
    int most = EncodedImage.RENDERED_TILE + 2 * 18 + 15; // sides are multiples of 16
    try (NDManager manager = NDManager.newBaseManager()) {
      for (int side : new int[] {1, 137, 144, 145, 273, 600}) {
        Recording encoder = new Recording();
        NDArray cells =
            new EncodedImage(encoder, image, manager).cells(20, 30, 20 + side, 30 + side, manager);
        assertThat(cells.getShape()).isEqualTo(new Shape(1, 3, side, side));
        int perAxis = (side + EncodedImage.RENDERED_TILE - 1) / EncodedImage.RENDERED_TILE;
        assertThat(encoder.given).hasSize(perAxis * perAxis);
        for (Shape shape : encoder.given) {
          assertThat(Math.max(shape.get(2), shape.get(3))).isLessThanOrEqualTo(most);
          assertThat(shape.get(2) % 16).isZero();
        }
      }
    }
  }
}
