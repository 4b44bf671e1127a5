/**
 * Flow matching: the straight path between noise and data, its time distribution and shift, the
 * training loss, guidance and solvers.
 *
 * <p>Symbols: z~ normalised latent (data), e noise, z_t = t z~ + (1-t) e, v = z~ - e; t = 0 is
 * noise and t = 1 is data throughout.
 */
@NullMarked
package io.rapd.dit.flow;

import org.jspecify.annotations.NullMarked;
