package io.rapd.train.data;

/**
 * The slots of one process: b with b mod {@code count} equal to {@code index}.
 *
 * @param count processes; divides the number of streams
 */
public record Share(int index, int count) {
  /** All slots: a run of one process. */
  public static final Share ALL = new Share(0, 1);
}
