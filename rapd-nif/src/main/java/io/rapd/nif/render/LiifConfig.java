package io.rapd.nif.render;

import static io.rapd.core.config.Check.check;

import io.rapd.core.torch.Precision;
import java.util.List;

/**
 * The local implicit image function (LIIF): an MLP per output pixel. The public model has {@code
 * hidden} 256 four times and all three switches on.
 *
 * @param hidden widths of the hidden layers
 * @param featureUnfolding whether the feature of a latent cell includes its eight neighbours
 * @param localEnsemble whether a pixel is the area-weighted mean of predictions from four cells
 * @param cellDecoding whether the MLP takes the relative size of a pixel
 */
public record LiifConfig(
    List<Integer> hidden, boolean featureUnfolding, boolean localEnsemble, boolean cellDecoding)
    implements RendererConfig {
  public LiifConfig {
    check(!hidden.isEmpty(), "renderer.hidden must name at least one hidden layer, got []");
    for (int width : hidden) {
      check(width > 0, "renderer.hidden must hold positive widths, got %s", hidden);
    }
    hidden = List.copyOf(hidden);
  }

  /** The hidden layers of each cell of the ensemble, and the gradient of the widest. */
  @Override
  public long trainingBytesPerPixel(Precision precision) {
    long widths = hidden.stream().mapToLong(Integer::longValue).sum();
    long cells = localEnsemble ? 4 : 1;
    return cells * widths * (precision == Precision.BFLOAT16 ? 2 : 4)
        + 2L * Float.BYTES * hidden.get(0);
  }

  @Override
  public Renderer build(int latentChannels, Precision precision) {
    return new LiifRenderer(this, latentChannels, precision);
  }
}
