/**
 * What DJL lacks: kernels in TorchScript, scoped autograd, bfloat16, reproducible random numbers
 * and fused optimiser steps.
 *
 * <p>Start with {@link io.rapd.core.torch.Kernel}, the way to all arithmetic of this project;
 * {@link io.rapd.core.nn.Module} adds named parameters to it.
 */
@NullMarked
package io.rapd.core.torch;

import org.jspecify.annotations.NullMarked;
