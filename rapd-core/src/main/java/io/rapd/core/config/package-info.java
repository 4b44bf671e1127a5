/**
 * Strict JSON records: every field must be there, none may be unknown, nothing is converted, and
 * records check themselves.
 */
@NullMarked
package io.rapd.core.config;

import org.jspecify.annotations.NullMarked;
