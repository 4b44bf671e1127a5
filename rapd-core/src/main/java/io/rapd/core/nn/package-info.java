/**
 * Networks as trees of small modules: named parameters, child modules, typed forward methods.
 *
 * <p>A module declares its parameters (name, shape, initializer) in its constructor and holds no
 * memory until it is initialised, loaded or bound. Parameters have the names of the public PyTorch
 * module they mirror, so weights can be exchanged in both directions.
 *
 * <p>Start with {@link io.rapd.core.nn.Module}; {@link io.rapd.core.torch.Kernel} describes the
 * text in which a module states its arithmetic.
 */
@NullMarked
package io.rapd.core.nn;

import org.jspecify.annotations.NullMarked;
