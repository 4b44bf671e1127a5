package io.rapd.core.checkpoint.torch;

/**
 * Stands for a value that holds no weights, such as a path or a number format of another library.
 * What a file adds to it is passed over.
 *
 * @param name of its class in Python
 */
record Inert(String name) {}
