package io.rapd.train.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Shards by number and by name. */
class ShardSetTest extends PreparationContract {
  @Test
  void thereMayBeMoreThan99999Shards() throws IOException {
    prepare(config(), false);
    Map<String, List<Number>> whole = values(prepared);
    Path last = prepared.resolve("text-00002.safetensors");
    Files.move(last, prepared.resolve("text-99999.safetensors"));
    Files.delete(prepared.resolve("text-00000.safetensors"));
    prepare(config(), false);
    assertThat(shards(prepared, "text").keySet())
        .containsExactly(
            "text-00001.safetensors", "text-100000.safetensors", "text-99999.safetensors");
    assertThat(values(prepared)).isEqualTo(whole);
    try (ShardSet set = ShardSet.open(prepared, "text")) {
      assertThat(set.next()).isEqualTo(100_001);
      assertThat(set.size()).isEqualTo(TEXTS);
    }
  }

  @Test
  void anIndexOfManyNamesFindsEach() {
    NameIndex index = new NameIndex();
    for (int i = 0; i < 10_000; i++) {
      index.put(ShardSet.name("states", "text " + i), i % 7);
      index.put(ShardSet.name("states", "text " + i), i % 7 + 1);
    }
    assertThat(index.size()).isEqualTo(10_000);
    for (int i = 0; i < 10_000; i++) {
      assertThat(index.shard(ShardSet.name("states", "text " + i))).isEqualTo(i % 7 + 1);
    }
    assertThat(index.shard(ShardSet.name("states", "another"))).isEqualTo(NameIndex.ABSENT);
    assertThatThrownBy(() -> index.shard("weights.bias"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("weights.bias");
  }
}
