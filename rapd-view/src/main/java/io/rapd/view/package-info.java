/**
 * The local viewer: a page, and the server that generates fields for it and renders what it shows.
 *
 * <pre>
 * page -> {@code RequestGuard} -> {@code ViewerHandler} -> {@code FieldQueue}: prompt or image to field
 *                                                  -> {@code TileQueue}: field to tiles
 *                                                  -> {@code Download}: field to a PNG of any size
 * </pre>
 *
 * <p>The public API is {@link io.rapd.view.Viewer} with {@link io.rapd.view.ViewerOptions} and
 * {@link io.rapd.view.ViewerLimits}. docs/decisions/0025 gives the reasons.
 */
@NullMarked
package io.rapd.view;

import org.jspecify.annotations.NullMarked;
