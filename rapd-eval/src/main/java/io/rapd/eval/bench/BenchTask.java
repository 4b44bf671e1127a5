package io.rapd.eval.bench;

import ai.djl.ndarray.NDManager;
import java.util.function.Consumer;

/**
 * Something to time.
 *
 * @param name in tables
 * @param size tokens or pixels that it works on, in words
 * @param flops floating-point operations of one run, counted from the sizes of its matrix products
 *     and convolutions; 0 where they are not counted
 * @param body one run, with a manager for its arrays; ends when the device has finished
 */
public record BenchTask(String name, String size, double flops, Consumer<NDManager> body) {}
