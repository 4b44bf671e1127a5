/** The command {@code rapd}: what the other modules do, as sub-commands. */
@NullMarked
package io.rapd.cli;

import org.jspecify.annotations.NullMarked;
