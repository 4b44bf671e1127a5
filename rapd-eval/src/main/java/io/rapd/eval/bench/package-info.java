/**
 * How long the parts of a model take, beside a matrix product in the same run, and how the time of
 * an image grows with its size (the paper's table 3). Networks have random weights: time does not
 * depend on them. Start with {@link io.rapd.eval.bench.ModelTasks}.
 */
@NullMarked
package io.rapd.eval.bench;

import org.jspecify.annotations.NullMarked;
