/**
 * Networks as trees of small modules: named parameters, children, typed forwards.
 *
 * <p>A module declares its parameters by name, shape and initialiser when it is built; it holds no
 * memory until it is initialised, loaded or bound. Names are those of the public PyTorch module
 * that it mirrors, so that weights move both ways.
 */
@NullMarked
package io.rapd.core.nn;

import org.jspecify.annotations.NullMarked;
