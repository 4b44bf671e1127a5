/**
 * Text encoders: a prompt becomes the sequence that the denoiser attends to (paper: frozen
 * Qwen3-1.7B, last hidden state, right-padded to 128 tokens; the empty prompt is the unconditional
 * one). All of them are frozen: nothing here enters autograd.
 *
 * <p>Symbols: B prompts, L tokens a prompt (padding included), D values a token.
 */
@NullMarked
package io.rapd.dit.text;

import org.jspecify.annotations.NullMarked;
