/**
 * Generation from the captions of a set: what a text-to-image model draws is compared with the
 * images of the set, one by one (is it the caption's own image? is it a copy of a training image?)
 * and as a whole (Frechet distance). Start with {@link
 * io.rapd.eval.generation.GenerationEvaluation}.
 */
@NullMarked
package io.rapd.eval.generation;

import org.jspecify.annotations.NullMarked;
