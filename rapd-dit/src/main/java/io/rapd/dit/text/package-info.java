/**
 * Text encoders, which turn a prompt into the sequence of states that the denoiser attends to. The
 * paper's is a frozen Qwen3-1.7B: last hidden state, right-padded to 128 tokens, with the empty
 * prompt as the unconditional one. Nothing in this package is recorded by autograd.
 *
 * <p>B is the number of prompts, L the number of tokens per prompt (including padding), D the
 * number of values per token.
 *
 * <p>Start with {@link io.rapd.dit.text.TextEncoder}, then {@link
 * io.rapd.dit.text.Qwen3TextEncoder}; {@link io.rapd.dit.Denoiser} uses the states.
 */
@NullMarked
package io.rapd.dit.text;

import org.jspecify.annotations.NullMarked;
