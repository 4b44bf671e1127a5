/**
 * What every command line of this library shares: device and precision, and how errors are told.
 */
@NullMarked
package io.rapd.core.command;

import org.jspecify.annotations.NullMarked;
