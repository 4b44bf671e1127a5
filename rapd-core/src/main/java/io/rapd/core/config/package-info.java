/** Strict JSON records. */
@NullMarked
package io.rapd.core.config;

import org.jspecify.annotations.NullMarked;
