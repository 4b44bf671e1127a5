package io.rapd.eval.probe;

import org.nd4j.evaluation.classification.Evaluation;

/**
 * A fitted probe on the held-out images.
 *
 * @param features what it sees
 * @param width number of features
 * @param evaluation Deeplearning4j's accuracy, F1 and confusion matrix
 * @param ridgeAccuracy of the closed-form fit on the same features
 */
public record ProbeResult(
    String features, int width, Evaluation evaluation, double ridgeAccuracy) {}
