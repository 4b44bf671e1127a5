package io.rapd.train.data;

import java.util.ArrayList;
import java.util.List;

/**
 * The slots of one process: b with b mod {@code count} equal to {@code index}.
 *
 * @param count processes; divides the number of streams
 */
public record Share(int index, int count) {
  /** All slots: a run of one process. */
  public static final Share ALL = new Share(0, 1);

  /** How many slots of a batch are this process's. */
  public int size(int batchSize) {
    return (batchSize - index + count - 1) / count;
  }

  /** The slot in the whole batch of this process's i-th sample. */
  public int slot(int i) {
    return index + i * count;
  }

  /** This process's entries of a list with one per slot of the whole batch. */
  public <T> List<T> of(List<T> batch) {
    List<T> own = new ArrayList<>();
    for (int slot = index; slot < batch.size(); slot += count) {
      own.add(batch.get(slot));
    }
    return own;
  }
}
