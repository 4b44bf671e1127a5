/**
 * One training loop for both stages: step, optimiser, moving averages, checkpoints, logs. A stage
 * brings an {@link io.rapd.train.loop.Objective}.
 */
@NullMarked
package io.rapd.train.loop;

import org.jspecify.annotations.NullMarked;
