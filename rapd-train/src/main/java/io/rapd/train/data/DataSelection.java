package io.rapd.train.data;

import java.util.Locale;

/**
 * What to take of a data set.
 *
 * @param split the split to read
 * @param captionsRequired whether images without a caption are passed over
 * @param files which files are images and captions
 */
public record DataSelection(Split split, boolean captionsRequired, SampleFiles files) {
  /** The usual files of a split. */
  public static DataSelection of(Split split, boolean captionsRequired) {
    return new DataSelection(split, captionsRequired, SampleFiles.DEFAULT);
  }

  /** The same with the key rule of a kind of set, unless one is configured. */
  DataSelection withKey(KeyRule automatic) {
    return new DataSelection(split, captionsRequired, files.withKey(automatic));
  }

  /**
   * Fails where nothing is left.
   *
   * @param images found
   * @param samples images with captions, where required
   * @param chosen samples of the split
   */
  void requireSamples(String set, int images, int samples, int chosen, PassedOver passedOver) {
    if (chosen > 0) {
      return;
    }
    String others = passedOver.otherExtensions();
    String found = others.isEmpty() ? "" : "; other files: " + others;
    if (images == 0) {
      throw new DataException(
          set
              + ": expected images ("
              + String.join(", ", files.image())
              + "), found none"
              + found
              + (others.isEmpty() ? "" : "; data.files.image says which are images"));
    }
    if (samples == 0) {
      throw new DataException(
          passedOver.first(Pairs.NO_CAPTION)
              + ": expected a caption ("
              + String.join(", ", files.caption())
              + ") beside this image and the others of "
              + set
              + ", found none for "
              + images
              + " images"
              + found
              + "; data.files.caption says which are captions");
    }
    throw new DataException(
        set
            + ": expected samples in the "
            + split.name().toLowerCase(Locale.ROOT)
            + " split, found none of "
            + samples
            + "; splits take about 90, 5 and 5 % by key: for a small set, set data.train and"
            + " data.validation to \"all\"");
  }
}
