/**
 * Training in several processes that {@code mpirun} or {@code srun} starts, one per device. {@link
 * io.rapd.train.ranks.ProcessRanks} is what a command needs; the loop knows only {@link
 * io.rapd.train.loop.Ranks}. MPI is called through JNA (docs/decisions/0031).
 */
@NullMarked
package io.rapd.train.ranks;

import org.jspecify.annotations.NullMarked;
