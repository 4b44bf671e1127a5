/**
 * What both stages share. A {@link io.rapd.train.loop.StageRun} is the frame of a run; a {@link
 * io.rapd.train.loop.Stage} supplies network, batches, objective and model. Read next: {@link
 * io.rapd.train.loop.TrainingLoop}, the steps; {@link io.rapd.train.loop.Workers}, micro-batches
 * side by side; {@link io.rapd.train.loop.TrainingRun}, the files of a run.
 */
@NullMarked
package io.rapd.train.loop;

import org.jspecify.annotations.NullMarked;
