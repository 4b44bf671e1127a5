package io.rapd.train.stage2;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
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
   * @param images (B, 3, R, R) in [-1, 1]
   * @param keys of the same images in their data set
   * @return (B, N, D) float32, one patch per token, on the images' manager
   */
  NDArray features(NDArray images, List<String> keys);

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
    public NDArray features(NDArray images, List<String> keys) {
      return teacher.patchTokens(images, grid, grid);
    }
  }

  /** Read from a prepared folder. */
  record Prepared(PreparedFolder folder) implements RepaTarget {
    @Override
    public int width() {
      return folder.teacherWidth();
    }

    @Override
    public NDArray features(NDArray images, List<String> keys) {
      return folder.features(keys, images.getManager());
    }
  }
}
