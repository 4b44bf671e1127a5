package io.rapd.nif.teacher;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.torch.PublishedWeights;
import io.rapd.core.nn.TensorSource;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/** A vision tower as a teacher: normalises images from [-1, 1] and records no gradients. */
abstract sealed class FrozenTeacher implements SemanticTeacher permits Dinov2Teacher, ClipTeacher {
  private final VisionTower tower;
  private final Kernel normalisation;
  private final String name;
  private final NDManager weights;

  /**
   * A teacher that owns its weights.
   *
   * @param weights manager of the tower's arrays, closed with the teacher
   */
  FrozenTeacher(
      VisionTower tower, List<Double> mean, List<Double> std, String name, NDManager weights) {
    this.tower = tower;
    this.normalisation = TeacherInput.normalisation(mean, std);
    this.name = name;
    this.weights = weights;
  }

  /** Loads the values of a tower and returns the new sub-manager that holds them. */
  static NDManager load(
      VisionTower tower,
      Path folder,
      Predicate<String> ignored,
      Precision precision,
      NDManager manager) {
    try (PublishedWeights files = PublishedWeights.open(folder)) {
      return load(tower, files, ignored, precision, manager);
    }
  }

  static NDManager load(
      VisionTower tower,
      TensorSource files,
      Predicate<String> ignored,
      Precision precision,
      NDManager manager) {
    NDManager weights = manager.newSubManager();
    try {
      tower.load(files, "", ignored, precision, weights);
      return weights;
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  @Override
  public int width() {
    return tower.width();
  }

  @Override
  public int patchSize() {
    return tower.patchSize();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public NDArray patchTokens(NDArray images) {
    TeacherInput.requireWholePatches(images, patchSize());
    // Gradients off rather than inference mode, whose arrays can never enter a loss.
    try (GradMode frozen = GradMode.disabled();
        NDArray pixels = normalisation.call(images)) {
      return tower.patchTokens(pixels);
    }
  }

  @Override
  public void close() {
    weights.close();
  }
}
