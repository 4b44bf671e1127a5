package io.rapd.nif.render;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;

/**
 * A latent in memory.
 *
 * @param values (B, C, h, w); gradients pass through the parts taken from it
 * @param manager owns what is rendered
 */
record LatentArray(NDArray values, NDManager manager) implements LatentSource {
  @Override
  public Shape shape() {
    return values.getShape();
  }

  @Override
  public NDArray cells(long top, long left, long bottom, long right, NDManager scope) {
    NDIndex part =
        new NDIndex().addAllDim().addAllDim().addSliceDim(top, bottom).addSliceDim(left, right);
    return values.get(scope, part);
  }

  @Override
  public LatentSource on(NDManager other) {
    return new LatentArray(values, other);
  }
}
