/**
 * What DJL lacks: kernels (TorchScript archives), autograd scopes, precision, random state, fused
 * optimiser steps.
 */
@NullMarked
package io.rapd.core.torch;

import org.jspecify.annotations.NullMarked;
