package io.rapd.eval.generation;

/**
 * Where a generated image lies among the images of a set. Distances are root mean squares of
 * differences.
 *
 * @param nearest key of the nearest training image
 * @param distance to that image
 * @param own distance to the nearest image with the same caption
 * @param rank of that image among all candidates: 1 if none with another caption is nearer
 * @param original distance of the caption's own image from the nearest training image with another
 *     caption: what {@code distance} is to be compared with
 */
public record Neighbours(String nearest, double distance, double own, int rank, double original) {}
