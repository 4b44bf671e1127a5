package io.rapd.train.data;

import java.util.List;

/**
 * One image, still encoded, with its captions.
 *
 * @param key the sample's name in its set: the path without its ending
 * @param image content of the image file; not copied
 * @param imageName what error messages call the image
 * @param captions the caption, then its alternatives; empty where captions are not required and the
 *     sample has none
 */
@SuppressWarnings("ArrayRecordComponent") // carried to the decoder; samples are not compared
public record Sample(String key, byte[] image, String imageName, List<String> captions) {
  /** Copies the list of captions. */
  public Sample {
    captions = List.copyOf(captions);
  }
}
