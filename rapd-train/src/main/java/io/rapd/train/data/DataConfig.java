package io.rapd.train.data;

/**
 * A data set and its parts.
 *
 * @param location as {@link ImageTextSource#open} takes it
 * @param train the part to learn from; {@code all} for a set without held-out images
 * @param validation the part to measure on, never learnt from unless it is the same part
 */
public record DataConfig(String location, Split train, Split validation) {
  /** The part to learn from. */
  public ImageTextSource openTrain(boolean captionsRequired) {
    return ImageTextSource.open(location, train, captionsRequired);
  }

  /** The part to measure on. */
  public ImageTextSource openValidation(boolean captionsRequired) {
    return ImageTextSource.open(location, validation, captionsRequired);
  }
}
