/**
 * Renderers: a latent z (B, C, h, w) and a grid of coordinates to RGB.
 *
 * <p>Start with {@link io.rapd.nif.render.Renderer}. The paper's renderer is {@code CqarRenderer}
 * (tokens, regions), which consists of {@code CqarBlock} (the arithmetic, strips) and {@code
 * WindowAttention}. {@code LiifRenderer} and {@code ClifRenderer} are the baselines that the paper
 * compares it with. Coordinates are those of {@code io.rapd.core.grid}.
 */
@NullMarked
package io.rapd.nif.render;

import org.jspecify.annotations.NullMarked;
