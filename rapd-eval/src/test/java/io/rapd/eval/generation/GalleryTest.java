package io.rapd.eval.generation;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.eval.generation.CaptionedSet.Member;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GalleryTest {
  private static final Offset<Double> ROUNDING = Offset.offset(1e-7);

  private final Member apple = new Member(0, "apple", "apple", true);
  private final Member drawing = new Member(1, "drawing", "apple", true);
  private final Member pear = new Member(2, "pear", "pear", false);
  private final Member plum = new Member(3, "plum", "plum", true);
  private final Gallery gallery = new Gallery();

  @BeforeEach
  void hang() {
    gallery.add(apple, new float[] {0, 0});
    gallery.add(drawing, new float[] {10, 0});
    gallery.add(pear, new float[] {0, 4});
    gallery.add(plum, new float[] {0, 6});
  }

  @Test
  void anyImageWithTheCaptionIsTheCaptionsOwn() {
    Neighbours found = gallery.of(new float[] {10, 1}, apple);
    assertThat(found.nearest()).isEqualTo("drawing");
    assertThat(found.rank()).isEqualTo(1);
    assertThat(found.own()).isCloseTo(Math.sqrt(0.5), ROUNDING);
    assertThat(found.distance()).isEqualTo(found.own());
    assertThat(found.original()).as("apple to plum").isCloseTo(6 / Math.sqrt(2), ROUNDING);
  }

  @Test
  void heldOutImagesCountForTheRankButAreNoCopies() {
    Neighbours found = gallery.of(new float[] {0, 4}, pear);
    assertThat(found.rank()).isEqualTo(1);
    assertThat(found.own()).isZero();
    assertThat(found.nearest()).isEqualTo("plum");
    assertThat(found.distance()).isCloseTo(2 / Math.sqrt(2), ROUNDING);
    assertThat(found.original()).isEqualTo(found.distance());
    assertThat(gallery.of(new float[] {0, 5.5f}, apple).rank())
        .as("pear, plum, apple")
        .isEqualTo(3);
  }
}
