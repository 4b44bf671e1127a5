/** What evaluations take from the latents of a field. */
@NullMarked
package io.rapd.eval.latent;

import org.jspecify.annotations.NullMarked;
