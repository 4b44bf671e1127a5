package io.rapd.dit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.CheckpointedChain;

/**
 * A forward pass of the denoiser that keeps the input of each block instead of its activations
 * ({@link CheckpointedChain}). After the backward pass of a loss of {@link #output}, call {@link
 * #backward}.
 */
public final class CheckpointedPass implements AutoCloseable {
  private final NDManager scope;
  private final DenoiserOutput output;
  private final CheckpointedChain image;
  private final CheckpointedChain text;
  private final NDArray condition;
  private final NDArray conditionLeaf;

  /**
   * @param scope closed with this pass
   * @param condition recorded
   * @param conditionLeaf the same values, as both chains use them
   */
  CheckpointedPass(
      NDManager scope,
      DenoiserOutput output,
      CheckpointedChain image,
      CheckpointedChain text,
      NDArray condition,
      NDArray conditionLeaf) {
    this.scope = scope;
    this.output = output;
    this.image = image;
    this.text = text;
    this.condition = condition;
    this.conditionLeaf = conditionLeaf;
  }

  /** Prediction and intermediate tokens; valid until this pass is closed. */
  public DenoiserOutput output() {
    return output;
  }

  /** Adds the gradients of the loss to the denoiser's parameters. */
  public void backward() {
    image.backward();
    text.backward();
    Autograd.backward(condition, Autograd.gradient(conditionLeaf, scope), false);
  }

  @Override
  public void close() {
    scope.close();
  }
}
