package io.rapd.dit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.config.Check;
import io.rapd.core.torch.TypeName;

/** What a denoiser of these sizes takes. */
record DenoiserInputs(DenoiserConfig config) {
  /**
   * Checks types and shapes.
   *
   * @param latent (B, C, H, W) with the number of patches of the training, float32
   * @param time (B), float32
   * @param text (B, L, T), float32
   * @throws IllegalArgumentException naming the first input that differs
   */
  void check(NDArray latent, NDArray time, NDArray text) {
    Shape shape = latent.getShape();
    int patch = config.patchSize();
    Check.check(
        shape.dimension() == 4 && shape.get(0) > 0 && shape.get(1) == config.channels(),
        "latent must be (B, %d, H, W), got %s; was it written with another NIF configuration?",
        config.channels(),
        shape);
    Check.check(
        shape.get(2) % patch == 0 && shape.get(3) % patch == 0,
        "latent height and width must be multiples of the patch size %d, got %s",
        patch,
        shape);
    long patches = (shape.get(2) / patch) * (shape.get(3) / patch);
    Check.check(
        patches == config.imageTokens(),
        "latent must have %d patches of %dx%d as in training, got %d from %s",
        config.imageTokens(),
        patch,
        patch,
        patches,
        shape);
    Shape times = new Shape(shape.get(0));
    Check.check(time.getShape().equals(times), "time must be %s, got %s", times, time.getShape());
    Shape texts = new Shape(shape.get(0), config.textTokens(), config.textWidth());
    Check.check(
        text.getShape().equals(texts),
        "text must be %s, got %s; was it written with another text encoder?",
        texts,
        text.getShape());
    checkFloat32("latent", latent);
    checkFloat32("time", time);
    checkFloat32("text", text);
  }

  private static void checkFloat32(String name, NDArray array) {
    Check.check(
        array.getDataType() == DataType.FLOAT32,
        "%s must be float32, got %s",
        name,
        TypeName.of(array));
  }
}
