/**
 * Shared by all commands: the options for device, precision and a training run, errors in one line,
 * and the progress display. Only this package and the two mains {@code TrainStage1} and {@code
 * TrainStage2} use picocli; all other commands are in {@code rapd-cli} (docs/decisions/0016).
 */
@NullMarked
package io.rapd.train.command;

import org.jspecify.annotations.NullMarked;
