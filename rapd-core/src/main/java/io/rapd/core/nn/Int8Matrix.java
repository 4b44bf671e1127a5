package io.rapd.core.nn;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Kernel;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A matrix in 8 bits: each row is 127 or fewer steps of its own scale to either side of zero, with
 * round to nearest, so that no value is off by more than half a step.
 *
 * <p>The scale of a row is its largest absolute value divided by 127, rounded up to bfloat16: the
 * step is then the same number in either precision, and no value is clipped.
 *
 * @param values (out, in), int8
 * @param scales (out, 1), float32
 */
record Int8Matrix(NDArray values, NDArray scales) {
  /** Smallest scale, 2^-100; a row of zeros has it. */
  private static final double LEAST = 0x1p-100;

  /** Adding 2^-8 of a number and rounding it to bfloat16 never ends below the number. */
  private static final double STEP = (1 + 0x1p-8) / 127;

  private static final Kernel ROUND =
      Kernel.of(
          "Int8Rows",
          """
          def forward(x, rows, scales):
            peak = torch.maximum(torch.amax(x, [1], True), torch.neg(torch.amin(x, [1], True)))
            scale = torch.to(torch.to(torch.clamp_min(peak * $step, $least), 15), 6)
            filled = torch.copy_(rows, torch.round_(torch.div_(x, scale)))
            return torch.copy_(scales, scale)
          """,
          Map.of("step", STEP, "least", LEAST));

  /** The matrices that {@link Weights#INT8} keeps in int8, among those that these kernels use. */
  static Set<Parameter> eligible(List<ModuleKernel> kernels) {
    Set<Parameter> chosen = new HashSet<>();
    kernels.forEach(kernel -> chosen.addAll(kernel.used()));
    chosen.removeIf(parameter -> !large(parameter.shape()));
    kernels.stream().flatMap(ModuleKernel::usedAsStored).forEach(chosen::remove);
    return chosen;
  }

  private static boolean large(Shape shape) {
    return shape.dimension() == 2 && shape.size() >= Weights.INT8_VALUES;
  }

  /**
   * Reads one matrix from a source.
   *
   * @throws IllegalArgumentException naming the file if it holds values that are not finite
   */
  static Int8Matrix read(TensorSource source, String name, NDManager manager) {
    Shape shape = source.shape(name);
    // In this order: what stays first. The wide matrix is then the last block of the heap when it
    // is freed; anything behind it would leave a hole of its size, for each matrix another one.
    NDArray values = manager.create(shape, DataType.INT8);
    NDArray scales = manager.create(new Shape(shape.get(0), 1), DataType.FLOAT32);
    try (NDManager scope = manager.newSubManager()) {
      NDArray filled = ROUND.call(source.read(name, scope), values, scales); // on the scope
      check(
          Float.isFinite(filled.max().getFloat()),
          "%s: tensor %s holds values that are not finite",
          source.origin(name),
          name);
      return new Int8Matrix(values, scales);
    }
  }
}
