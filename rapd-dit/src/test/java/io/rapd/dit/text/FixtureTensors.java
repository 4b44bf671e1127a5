package io.rapd.dit.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.fixture.Fixture;
import io.rapd.core.nn.TensorSource;
import io.rapd.core.torch.Precision;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Weights of a fixture as a source of tensors, some of them renamed, dropped or added. */
final class FixtureTensors implements TensorSource {
  final Map<String, float[]> values = new TreeMap<>();
  final Map<String, Shape> shapes = new TreeMap<>();
  private final boolean bfloat16;

  FixtureTensors(Fixture fixture, String prefix, boolean bfloat16) {
    this.bfloat16 = bfloat16;
    for (String key : fixture.keys()) {
      if (key.startsWith("weights.")) {
        String name = prefix + key.substring("weights.".length());
        values.put(name, fixture.floats(key));
        shapes.put(name, new Shape(fixture.shape(key)));
      }
    }
  }

  @Override
  public Set<String> names() {
    return values.keySet();
  }

  @Override
  public Shape shape(String name) {
    return shapes.get(name);
  }

  @Override
  public NDArray read(String name, NDManager manager) {
    return manager.create(values.get(name), shapes.get(name));
  }

  @Override
  public NDArray readStored(String name, NDManager manager) {
    NDArray array = read(name, manager);
    return bfloat16 ? Precision.BFLOAT16.cast(array) : array;
  }

  @Override
  public String description() {
    return "test tensors";
  }
}
