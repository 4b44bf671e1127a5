package io.rapd.core.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.torch.Precision;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ModuleTest {
  private static final class Pair extends Module {
    Pair() {
      child("a", new Leaf());
      child("b", new Leaf());
    }
  }

  private static final class Leaf extends Module {
    Leaf() {
      parameter("weight", new Shape(3, 2), Initializer.xavierUniform());
      parameter("bias", new Shape(3), Initializer.zeros());
      table("grid", new Shape(1, 2), Initializer.values(new float[] {5, 6}));
    }
  }

  @Test
  void aSourceGivesRowsOfAMatrixOnTheCallersManager() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray matrix = manager.arange(6f).reshape(3, 2);
      int before = manager.getManagedArrays().size();
      NDArray rows =
          new MapSource(Map.of("m", matrix)).readRows("m", new long[] {2, 0, 2}, manager);
      assertThat(rows.toFloatArray()).containsExactly(4, 5, 0, 1, 4, 5);
      assertThat(rows.getShape()).isEqualTo(new Shape(3, 2));
      assertThat(manager.getManagedArrays()).hasSize(before + 1);
    }
  }

  private record MapSource(Map<String, NDArray> arrays, boolean readable) implements TensorSource {
    MapSource(Map<String, NDArray> arrays) {
      this(arrays, true);
    }

    @Override
    public Set<String> names() {
      return arrays.keySet();
    }

    @Override
    public Shape shape(String name) {
      return arrays.get(name).getShape();
    }

    @Override
    public NDArray read(String name, NDManager manager) {
      assertThat(readable).as("nothing may be read").isTrue();
      NDArray copy = arrays.get(name).duplicate();
      copy.attach(manager);
      return copy;
    }

    @Override
    public NDArray readBFloat16(String name, NDManager manager) {
      return Precision.BFLOAT16.cast(read(name, manager));
    }

    @Override
    public String storedType(String name) {
      return arrays.get(name).getDataType() == DataType.FLOAT32 ? "F32" : "I64";
    }

    @Override
    public String description() {
      return "a map";
    }

    @Override
    public String origin(String name) {
      return "a map";
    }
  }

  @Test
  void namesAreDottedAndCountsNeedNoMemory() {
    Pair pair = new Pair();
    assertThat(pair.parameters().keySet())
        .containsExactly("a.weight", "a.bias", "a.grid", "b.weight", "b.bias", "b.grid");
    assertThat(pair.parameterCount()).isEqualTo(18);
    assertThatThrownBy(pair::values).hasMessageContaining("no values yet");
  }

  @Test
  void initialisationIsAFunctionOfSeedAndName() {
    try (NDManager manager = NDManager.newBaseManager()) {
      Pair pair = new Pair();
      Pair same = new Pair();
      pair.initialize(manager, 3);
      same.initialize(manager, 3);
      assertThat(pair.values().get("a.weight").toFloatArray())
          .isEqualTo(same.values().get("a.weight").toFloatArray())
          .isNotEqualTo(same.values().get("b.weight").toFloatArray());
      assertThat(pair.values().get("b.grid").toFloatArray()).containsExactly(5, 6);
      assertThat(pair.trainedValues()).doesNotContainKey("a.grid").hasSize(4);
    }
  }

  @Test
  void loadingChecksEveryNameAndShapeFirst() {
    try (NDManager manager = NDManager.newBaseManager()) {
      Leaf from = new Leaf();
      from.initialize(manager, 1);
      Leaf to = new Leaf();
      to.load(new MapSource(from.values()), "", name -> false, Precision.BFLOAT16, manager);
      assertThat(to.values().get("bias").toFloatArray()).isEqualTo(new float[3]);
      NDArray weight = Precision.FLOAT32.cast(to.values().get("weight"));
      assertThat(weight.sub(from.values().get("weight")).abs().max().getFloat()).isLessThan(0.01f);

      assertThatThrownBy(
              () ->
                  new Leaf()
                      .load(new MapSource(Map.of("weight", manager.zeros(new Shape(2)))), manager))
          .hasMessageContaining("a map: tensor weight must be (3, 2), got (2)");
      assertThatThrownBy(() -> new Leaf().load(new MapSource(Map.of()), manager))
          .hasMessageContaining("weight (3, 2) is missing");
    }
  }

  @Test
  void nothingIsReadWhereATensorDoesNotFit() {
    try (NDManager manager = NDManager.newBaseManager()) {
      Leaf from = new Leaf();
      from.initialize(manager, 1);
      refused(with(from, "more.bias", manager.ones(new Shape(1))), "more.bias is not part of");
      refused(with(from, "grid", manager.ones(new Shape(2))), "grid must be (1, 2), got (2)");
      refused(
          with(from, "bias", manager.zeros(new Shape(3), DataType.INT64)),
          "bias must be one of [F32, F16, BF16], got I64");
      Map<String, NDArray> fewer = new TreeMap<>(from.values());
      fewer.remove("bias");
      refused(fewer, "bias (3) is missing");
      Map<String, NDArray> more = with(from, "head", manager.zeros(new Shape(1), DataType.INT64));
      new Leaf().requireFit(new MapSource(more, false), "", "head"::equals);
    }
  }

  private static Map<String, NDArray> with(Leaf leaf, String name, NDArray array) {
    Map<String, NDArray> arrays = new TreeMap<>(leaf.values());
    arrays.put(name, array);
    return arrays;
  }

  private static void refused(Map<String, NDArray> arrays, String message) {
    try (NDManager manager = NDManager.newBaseManager()) {
      assertThatThrownBy(() -> new Leaf().load(new MapSource(arrays, false), manager))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("a map: tensor " + message);
    }
  }
}
