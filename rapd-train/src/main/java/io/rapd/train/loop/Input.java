package io.rapd.train.loop;

/**
 * Something that a stage learns from besides its data set, as each checkpoint records it: a run
 * must not go on with another one.
 *
 * @param source the file or folder that it was read from
 * @param identity equal for equal content, such as a SHA-256
 */
public record Input(String source, String identity) {}
