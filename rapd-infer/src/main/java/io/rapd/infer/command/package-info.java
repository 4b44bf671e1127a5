/** The command lines {@code rapd generate}, {@code rapd reconstruct} and {@code rapd info}. */
@NullMarked
package io.rapd.infer.command;

import org.jspecify.annotations.NullMarked;
