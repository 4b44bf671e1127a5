/** Text that is the same on every machine, whatever its locale. Every other package may use it. */
@NullMarked
package io.rapd.core.text;

import org.jspecify.annotations.NullMarked;
