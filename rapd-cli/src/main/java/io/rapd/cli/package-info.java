/** The command {@code rapd} and its sub-commands; start reading at {@link io.rapd.cli.Rapd}. */
@NullMarked
package io.rapd.cli;

import org.jspecify.annotations.NullMarked;
