package io.rapd.train.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.teacher.SemanticTeacher;
import io.rapd.train.RunFolder;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Share;
import io.rapd.train.data.UnusableSamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Preparation that stops goes on without computing anything twice, and keeps no arrays. */
class InterruptedPreparationTest extends PreparationContract {
  private void storeFeatures(
      Path out, ImageTextSource source, CountingTeacher teacher, int shard, NDManager manager) {
    new PreparedImages(
            new ShardWriter(out, 2, shard, Share.ALL),
            TensorType.F32,
            source,
            UnusableSamples.REFUSED)
        .storeFeatures(teacher, config().toPrepare(true, false), manager);
  }

  private void prepareWithStubs(Path out, CountingEncoder encoder, CountingTeacher teacher) {
    try (NDManager manager = NDManager.newBaseManager()) {
      ImageTextSource source = config().data().openTrain(true);
      new Preparation(out, TensorType.F32, 2, 5)
          .storeStates(source, List.of("more", "red"), encoder, manager, UnusableSamples.REFUSED);
      storeFeatures(out, source, teacher, 5, manager);
    }
  }

  @Test
  void interruptedPreparationGoesOnWhereItStopped() throws IOException {
    Files.createDirectories(prepared);
    prepareWithStubs(prepared, new CountingEncoder(), new CountingTeacher());
    Map<String, List<Number>> whole = values(prepared);
    assertThat(whole).hasSize(TEXTS + 6);
    Path parts = Files.createDirectories(folder.resolve("parts"));
    CountingEncoder interrupted = new CountingEncoder();
    interrupted.last = 4; // in the middle of the second shard
    assertThatThrownBy(() -> prepareWithStubs(parts, interrupted, new CountingTeacher()))
        .hasMessage("interrupted");
    assertThat(RunFolder.contents(parts).keySet()).containsExactly("text-00000.safetensors");
    streams.errors();
    CountingEncoder rest = new CountingEncoder();
    prepareWithStubs(parts, rest, new CountingTeacher());
    assertThat(rest.prompts).hasSize(TEXTS - 5);
    assertThat(values(parts)).isEqualTo(whole);
    assertThat(streams.errors())
        .extracting(line -> line.replaceFirst("  ETA .*", ""))
        .containsExactly(
            "text on cpu  sample 5/6  10 done",
            "text on cpu  sample 6/6  12 done",
            "features on cpu  sample 5/6  5 done",
            "features on cpu  sample 6/6  6 done");
  }

  @ParameterizedTest
  @CsvSource({"text-00002", "text-00000", "text-00001", "features-00001", "features-00000"})
  void aShardThatIsGoneIsPreparedAgainAndNoOther(String lost) throws IOException {
    Files.createDirectories(prepared);
    prepareWithStubs(prepared, new CountingEncoder(), new CountingTeacher());
    Map<String, List<Number>> whole = values(prepared);
    Files.delete(prepared.resolve(lost + ".safetensors"));
    Map<String, String> kept = RunFolder.contents(prepared);
    prepareWithStubs(prepared, new CountingEncoder(), new CountingTeacher());
    assertThat(values(prepared)).isEqualTo(whole);
    assertThat(RunFolder.contents(prepared)).hasSize(kept.size() + 1).containsAllEntriesOf(kept);
  }

  @Test
  void whatIsThereIsNotComputedAgain() {
    prepare(config(), false);
    Map<String, String> before = RunFolder.contents(prepared);
    CountingEncoder encoder = new CountingEncoder();
    try (NDManager manager = NDManager.newBaseManager()) {
      new Preparation(prepared, TensorType.F32, 4, 5)
          .storeStates(
              config().data().openTrain(true),
              List.of("new"),
              encoder,
              manager,
              UnusableSamples.REFUSED);
    }
    assertThat(encoder.prompts).containsExactly("new");
    assertThat(RunFolder.contents(prepared))
        .hasSize(before.size() + 1)
        .containsAllEntriesOf(before);
  }

  @Test
  void everyDistinctPromptRunsOnceAndLeavesNoArraysBehind() throws IOException {
    Files.createDirectories(prepared);
    ImageTextSource source = config().data().openTrain(true);
    try (NDManager manager = NDManager.newBaseManager()) {
      CountingEncoder encoder = new CountingEncoder();
      Preparation preparation = new Preparation(prepared, TensorType.F32, 2, 4);
      preparation.storeStates(
          source, List.of("red", "more"), encoder, manager, UnusableSamples.REFUSED);
      assertThat(encoder.prompts)
          .hasSize(TEXTS)
          .doesNotHaveDuplicates()
          .contains("", "red", "more", "a red square", "rings", "chequered violet");
      // The first batch of each shard finds an empty manager, the second what the first stored.
      assertThat(encoder.arrays).hasSize(6);
      for (int shard = 0; shard < 3; shard++) {
        assertThat(encoder.arrays.get(2 * shard)).isEqualTo(encoder.arrays.get(0));
        assertThat(encoder.arrays.get(2 * shard + 1)).isEqualTo(encoder.arrays.get(1));
      }
      CountingTeacher teacher = new CountingTeacher();
      storeFeatures(prepared, source, teacher, 4, manager);
      assertThat(teacher.arrays).hasSize(3);
      assertThat(teacher.arrays.get(2)).isEqualTo(teacher.arrays.get(0));
      assertThat(manager.getManagedArrays()).isEmpty();
    }
  }

  /** States of the prompts' hashes; counts the arrays that each call finds. */
  private static final class CountingEncoder implements TextEncoder {
    int last = Integer.MAX_VALUE;
    final List<String> prompts = new ArrayList<>();
    final List<Integer> arrays = new ArrayList<>();

    @Override
    public int width() {
      return 3;
    }

    @Override
    public int maxTokens() {
      return 2;
    }

    @Override
    public String provenance() {
      return "counting";
    }

    @Override
    public NDArray encode(List<String> batch, NDManager manager) {
      arrays.add(manager.getParentManager().getManagedArrays().size());
      prompts.addAll(batch);
      if (arrays.size() == last) {
        throw new IllegalStateException("interrupted");
      }
      float[] states = new float[batch.size() * 6];
      for (int i = 0; i < states.length; i++) {
        states[i] = batch.get(i / 6).hashCode() + i % 6;
      }
      return manager.create(states, new Shape(batch.size(), 2, 3));
    }

    @Override
    public void close() {}
  }

  /** Features of the images' own values; counts the arrays that each call finds. */
  private static final class CountingTeacher implements SemanticTeacher {
    final List<Integer> arrays = new ArrayList<>();

    @Override
    public int width() {
      return 5;
    }

    @Override
    public int patchSize() {
      return 4;
    }

    @Override
    public String name() {
      return "counting";
    }

    @Override
    public NDArray patchTokens(NDArray images) {
      arrays.add(images.getManager().getParentManager().getManagedArrays().size());
      Shape shape = images.getShape();
      long patches = shape.get(2) / 4 * (shape.get(3) / 4);
      return images.reshape(shape.get(0), -1).get(":, :" + 5 * patches).reshape(-1, patches, 5);
    }

    @Override
    public void close() {}
  }
}
