package io.rapd.infer;

/**
 * A field on the way of an interpolation.
 *
 * @param prompt any text
 * @param seed of the noise
 */
public record Keyframe(String prompt, long seed) {}
