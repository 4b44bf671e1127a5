/**
 * Stage 1 (paper section 3.2 and 3.3): encoder and renderer learn the field together,
 *
 * <pre>
 * L_stage1 = |I^ - I|_1 + w_lpips LPIPS(I^, I) + a * 0.1 (L_cos + L_dms)
 * </pre>
 *
 * with targets of s R x s R pixels, s ~ U(1, s_max), from an input of R x R.
 */
@NullMarked
package io.rapd.train.stage1;

import org.jspecify.annotations.NullMarked;
