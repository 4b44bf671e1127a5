/**
 * Stage 1 (paper section 3.2 and 3.3): encoder and renderer learn the field together,
 *
 * <pre>
 * L_stage1 = |I^ - I|_1 + w_lpips LPIPS(I^, I) + a * 0.1 (L_cos + L_dms)
 * </pre>
 *
 * with an input of R x R pixels and a target of s R x s R, s ~ U(1, s_max). Read next: {@link
 * io.rapd.train.stage1.Stage1#gradients}, the loss.
 */
@NullMarked
package io.rapd.train.stage1;

import org.jspecify.annotations.NullMarked;
