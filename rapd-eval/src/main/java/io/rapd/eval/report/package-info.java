/**
 * What evaluations write: values as JSON lines, so that a run can be continued ({@link
 * io.rapd.eval.report.ValueLog}), tables ({@link io.rapd.eval.report.ResultTable}) and one HTML
 * file that needs no other ({@link io.rapd.eval.report.HtmlPage}).
 */
@NullMarked
package io.rapd.eval.report;

import org.jspecify.annotations.NullMarked;
