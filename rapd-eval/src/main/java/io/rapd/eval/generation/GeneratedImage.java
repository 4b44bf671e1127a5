package io.rapd.eval.generation;

import static io.rapd.core.text.Messages.message;

/**
 * A generated image and its neighbours.
 *
 * @param number of the caption, from 0; names the file
 * @param key of the caption's own image
 * @param caption the prompt
 * @param seed of the noise
 * @param pixels neighbours over pixels
 * @param latents neighbours over pooled latents
 */
public record GeneratedImage(
    int number, String key, String caption, long seed, Neighbours pixels, Neighbours latents) {

  /** The name of its file. */
  static String file(int number) {
    return message("%05d.png", number);
  }
}
