package io.rapd.eval.benchmark;

/**
 * A prompt of a benchmark.
 *
 * @param name of its folder or file
 * @param text the prompt
 * @param metadata what the scorer needs, a line of JSON; empty for DPG-Bench
 */
public record BenchmarkPrompt(String name, String text, String metadata) {}
