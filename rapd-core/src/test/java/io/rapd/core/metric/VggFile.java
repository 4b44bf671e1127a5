package io.rapd.core.metric;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.torch.RandomStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes weights of VGG16 under torchvision's names. */
public final class VggFile {
  private VggFile() {}

  /** Random weights of a trunk of those widths, small enough that features stay finite. */
  static Map<String, NDArray> randomTrunk(List<Integer> widths, NDManager manager) {
    int[][] slices = {{0, 2}, {5, 7}, {10, 12, 14}, {17, 19, 21}, {24, 26, 28}};
    Map<String, NDArray> weights = new TreeMap<>();
    int in = 3;
    for (int slice = 0; slice < slices.length; slice++) {
      int out = widths.get(slice);
      for (int number : slices[slice]) {
        Shape shape = new Shape(out, in, 3, 3);
        double deviation = Math.sqrt(2.0 / (9 * in));
        RandomStream random = RandomStream.of(7, "features", number);
        weights.put(
            "features." + number + ".weight", random.normal(manager, shape).muli(deviation));
        weights.put(
            "features." + number + ".bias", random.normal(manager, new Shape(out)).muli(0.1));
        in = out;
      }
    }
    return weights;
  }

  /** A narrow trunk with heads of its own. */
  public static Map<String, NDArray> small(NDManager manager) {
    List<Integer> widths = List.of(4, 4, 6, 8, 8);
    Map<String, NDArray> weights = randomTrunk(widths, manager);
    for (int k = 0; k < widths.size(); k++) {
      weights.put(LpipsHeads.name(k), manager.ones(new Shape(1, widths.get(k), 1, 1)));
    }
    return weights;
  }

  /** Writes the weights as a file of torchvision's names. */
  public static Path write(Path file, Map<String, NDArray> weights, TensorType type) {
    SafetensorsOutput output = new SafetensorsOutput();
    weights.forEach(
        (name, array) -> {
          if (array.getDataType().isFloating()) {
            output.add(name, array, type);
          } else {
            output.add(name, array);
          }
        });
    output.writeTo(file);
    return file;
  }
}
