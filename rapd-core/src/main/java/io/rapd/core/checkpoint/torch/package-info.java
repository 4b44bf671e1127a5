/**
 * Weights as {@code torch.save} writes them ({@code .pth}, {@code .pt}, {@code .bin}, {@code
 * .ckpt}): a pickle that describes tensors, and the storages that hold their values. Nothing that
 * such a file names is executed: a pickle may name only what describes tensors, and plain
 * containers; it is refused otherwise. See docs/decisions/0019-torch-files.md.
 *
 * <p>Formats: since PyTorch 1.6 a zip archive of {@code data.pkl} and {@code data/KEY} per storage;
 * before, a sequence of pickles followed by the storages. A tensor is a view of a storage: offset,
 * sizes and strides, in elements.
 */
@NullMarked
package io.rapd.core.checkpoint.torch;

import org.jspecify.annotations.NullMarked;
