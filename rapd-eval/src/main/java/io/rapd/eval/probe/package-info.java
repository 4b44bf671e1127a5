/**
 * How much a field's latents know: a linear classifier of Deeplearning4j on pooled latents. Start
 * with {@link io.rapd.eval.probe.ProbeEvaluation}.
 */
@NullMarked
package io.rapd.eval.probe;

import org.jspecify.annotations.NullMarked;
