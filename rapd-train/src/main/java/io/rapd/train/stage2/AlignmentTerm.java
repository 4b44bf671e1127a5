package io.rapd.train.stage2;

import ai.djl.ndarray.NDArray;
import io.rapd.dit.RepaConfig;
import io.rapd.dit.RepaHead;
import io.rapd.nif.teacher.SemanticTeacher;

/**
 * L_REPA of a batch: the tokens after some blocks, projected, against the teacher's patch features
 * of the same pictures, one patch a token.
 *
 * @param config weight and block
 * @param teacher frozen
 * @param head trained beside the denoiser
 * @param gridSize tokens along one side
 */
record AlignmentTerm(RepaConfig config, SemanticTeacher teacher, RepaHead head, int gridSize) {
  /**
   * The loss, not weighted.
   *
   * @param tokens (B, N, D) in the denoiser's precision
   * @param images (B, 3, R, R) in [-1, 1]
   * @return a scalar
   */
  NDArray loss(NDArray tokens, NDArray images) {
    NDArray wanted = teacher.patchTokens(images, gridSize, gridSize); // (B, N, D_teacher)
    return RepaHead.loss(head.forward(tokens), wanted);
  }
}
