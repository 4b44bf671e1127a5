package io.rapd.train.stage2;

import ai.djl.ndarray.NDArray;
import io.rapd.dit.RepaConfig;
import io.rapd.dit.RepaHead;
import java.util.List;

/**
 * L_REPA of a batch: the tokens after some blocks, projected, against the teacher's patch features
 * of the same images, one patch a token.
 *
 * @param config weight and block
 * @param head trained beside the denoiser
 * @param target the teacher's features
 */
record AlignmentTerm(RepaConfig config, RepaHead head, AlignmentTarget target) {
  /**
   * The loss, not weighted.
   *
   * @param tokens (B, N, D) in the denoiser's precision
   * @param images (B, 3, R, R) in [-1, 1]
   * @param keys of the same images
   * @return a scalar
   */
  NDArray loss(NDArray tokens, NDArray images, List<String> keys) {
    return RepaHead.loss(head.forward(tokens), target.features(images, keys));
  }
}
