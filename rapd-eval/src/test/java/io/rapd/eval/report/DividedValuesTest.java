package io.rapd.eval.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.train.ThreadRanks;
import io.rapd.train.loop.Ranks;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DividedValuesTest {
  private static final List<String> SUBJECTS =
      IntStream.range(0, 10).mapToObj(String::valueOf).toList();

  record Value(String about, int square) {}

  private final Queue<String> measured = new ConcurrentLinkedQueue<>();
  @TempDir private Path folder;

  private ValueLog<Value> fill(Ranks ranks, String failing) {
    return new DividedValues<>(
            folder.resolve("values.jsonl"), Map.of("of", "test"), Value.class, Value::about, ranks)
        .fill(SUBJECTS, about -> true, about -> measure(about, failing), done -> {});
  }

  private Value measure(String about, String failing) {
    if (about.equals(failing)) {
      throw new IllegalArgumentException("cannot measure " + about);
    }
    measured.add(about);
    int number = Integer.parseInt(about);
    return new Value(about, number * number);
  }

  @Test
  void whatRanksMeasuredBeforeOneFailedIsKeptAndAnotherNumberOfRanksMeasuresTheRest() {
    assertThatThrownBy(() -> ThreadRanks.run(3, ranks -> fill(ranks, "8")))
        .hasMessageContaining("cannot measure 8");
    assertThat(measured).hasSize(8);
    List<ValueLog<Value>> logs = ThreadRanks.run(2, ranks -> fill(ranks, ""));
    assertThat(measured).containsExactlyInAnyOrderElementsOf(SUBJECTS);
    assertThat(logs.get(0).all()).hasSize(10);
    assertThat(logs.get(0).find("9")).contains(new Value("9", 81));
    assertThat(folder).isDirectoryNotContaining("glob:**rank*");
    assertThat(fill(Ranks.alone(), "").all()).isEqualTo(logs.get(0).all());
    assertThat(measured).hasSize(10);
  }
}
