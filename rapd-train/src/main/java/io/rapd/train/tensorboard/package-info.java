/**
 * Event files that TensorBoard reads: {@link io.rapd.train.tensorboard.EventFile} is the file,
 * {@link io.rapd.train.tensorboard.Events} its records, {@link
 * io.rapd.train.tensorboard.ProtoMessage} their encoding (docs/decisions/0021).
 */
@NullMarked
package io.rapd.train.tensorboard;

import org.jspecify.annotations.NullMarked;
