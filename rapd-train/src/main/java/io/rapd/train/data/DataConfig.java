package io.rapd.train.data;

/**
 * A data set and its splits.
 *
 * @param location see {@link ImageTextSource#open}
 * @param train split to train on; {@code all} to hold nothing out
 * @param validation split to validate on
 */
public record DataConfig(String location, Split train, Split validation) {
  /** Opens the training split. */
  public ImageTextSource openTrain(boolean captionsRequired) {
    return ImageTextSource.open(location, train, captionsRequired);
  }

  /** Opens the validation split. */
  public ImageTextSource openValidation(boolean captionsRequired) {
    return ImageTextSource.open(location, validation, captionsRequired);
  }
}
