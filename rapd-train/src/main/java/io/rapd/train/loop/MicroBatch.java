package io.rapd.train.loop;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.util.List;

/**
 * Consecutive samples of a batch that pass through the network together.
 *
 * @param first index of the first sample in the batch
 * @param end index after the last sample
 * @param batchSize samples in the whole batch
 * @param scope for the arrays of this micro-batch; closed after its backward pass
 */
public record MicroBatch(int first, int end, int batchSize, NDManager scope) {
  public int size() {
    return end - first;
  }

  /** The fraction of the batch, which weights this micro-batch's mean loss. */
  public double share() {
    return (double) size() / batchSize;
  }

  /** The entries of a list with one entry per sample of the batch. */
  public <T> List<T> of(List<T> batch) {
    return batch.subList(first, end);
  }

  /** The rows of an array (B, ...) as an array (b, ...) on {@link #scope}. */
  public NDArray of(NDArray batch) {
    NDArray rows = batch.get(new NDIndex().addSliceDim(first, end));
    rows.attach(scope);
    return rows;
  }
}
