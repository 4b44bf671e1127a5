package io.rapd.core.checkpoint.torch;

import java.util.function.Function;

/**
 * A Python class or function that a pickle may name, and what stands for a call of it here.
 *
 * @param name module and name
 * @param value what it is where it is a value itself: the {@link TorchType} of a storage class or
 *     dtype, else the name
 * @param call from the arguments to the result
 */
record PickledGlobal(String name, Object value, Function<Object[], Object> call) {}
