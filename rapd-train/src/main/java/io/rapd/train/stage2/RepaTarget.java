package io.rapd.train.stage2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.Precision;
import io.rapd.nif.teacher.SemanticTeacher;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.prepare.PreparedFolder;
import java.util.List;
import java.util.Optional;

/** The teacher's features that REPA aligns the denoiser's tokens with. */
sealed interface RepaTarget {
  /** D of the features. */
  int width();

  /**
   * The features of a batch.
   *
   * @param images of the batch; none where {@link #readsImages} is false
   * @param keys of the same images in their data set
   * @return (B, N, D) float32, one patch per token, on the scope
   */
  NDArray features(List<RgbImage> images, List<String> keys, NDManager scope);

  /** Whether {@link #features} needs the images. */
  boolean readsImages();

  /** The target that the configuration selects; empty without a teacher. */
  static Optional<RepaTarget> of(
      Stage2Config config,
      ImageTextSource source,
      Optional<PreparedFolder> prepared,
      Precision precision,
      NDManager manager) {
    int grid = config.denoiser().gridSize();
    int side = config.denoiser().latentSize();
    return prepared
        .filter(folder -> folder.holdsFeatures(source, config.teacher(), side, grid))
        .<RepaTarget>map(Prepared::new)
        .or(
            () ->
                config
                    .teacher()
                    .load(precision, manager)
                    .map(teacher -> new Computed(teacher, grid)));
  }

  /**
   * Computed in each step.
   *
   * @param grid tokens along one side
   */
  record Computed(SemanticTeacher teacher, int grid) implements RepaTarget {
    @Override
    public int width() {
      return teacher.width();
    }

    @Override
    public boolean readsImages() {
      return true;
    }

    @Override
    public NDArray features(List<RgbImage> images, List<String> keys, NDManager scope) {
      return teacher.patchTokens(ImageTensors.stack(images, scope), grid, grid);
    }
  }

  /** Read from a prepared folder. */
  record Prepared(PreparedFolder folder) implements RepaTarget {
    @Override
    public int width() {
      return folder.teacherWidth();
    }

    @Override
    public boolean readsImages() {
      return false;
    }

    @Override
    public NDArray features(List<RgbImage> images, List<String> keys, NDManager scope) {
      return folder.features(keys, scope);
    }
  }
}
