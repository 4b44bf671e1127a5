/**
 * Configurations: JSON files read strictly into records. Unknown fields are errors, missing ones
 * too unless they have a {@link io.rapd.core.config.Default}; types are never converted; records
 * check their own values.
 */
@NullMarked
package io.rapd.core.config;

import org.jspecify.annotations.NullMarked;
