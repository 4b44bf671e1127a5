/** Trained models in an artifact of their own. Start reading at {@code BuiltInModels}. */
@NullMarked
package io.rapd.models;

import org.jspecify.annotations.NullMarked;
