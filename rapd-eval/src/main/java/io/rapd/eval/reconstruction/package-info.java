/**
 * Reconstruction: held-out images are reduced, enlarged by each method, and compared with the
 * original. Start with {@link io.rapd.eval.reconstruction.ReconstructionEvaluation}.
 */
@NullMarked
package io.rapd.eval.reconstruction;

import org.jspecify.annotations.NullMarked;
