package io.rapd.core.metric;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.checkpoint.TensorType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes weights of VGG16 under torchvision's names. */
final class VggFile {
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
        weights.put("features." + number + ".weight", manager.randomNormal(shape).muli(deviation));
        weights.put("features." + number + ".bias", manager.randomNormal(new Shape(out)).muli(0.1));
        in = out;
      }
    }
    return weights;
  }

  static Path write(Path file, Map<String, NDArray> weights, TensorType type) {
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
