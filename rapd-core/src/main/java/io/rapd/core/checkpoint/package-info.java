/**
 * Weights on disk: safetensors files (memory-mapped, validated before any native call), model
 * folders in the layout of Hugging Face, and folders that are replaced as a whole. A checkpoint of
 * either stage is such a folder: {@code config.json} and {@code *.safetensors}; tensor names are
 * the dotted names of the modules.
 *
 * <p>Format: <a href="https://github.com/huggingface/safetensors">safetensors</a>: an unsigned
 * 64-bit little-endian header length, a JSON header, then the tensors, row-major, without holes.
 */
@NullMarked
package io.rapd.core.checkpoint;

import org.jspecify.annotations.NullMarked;
