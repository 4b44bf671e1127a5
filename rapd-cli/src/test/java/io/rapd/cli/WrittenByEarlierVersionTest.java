package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A model and checkpoints that version 0.1 (commit 8969787) wrote, and the images it drew. */
class WrittenByEarlierVersionTest {
  private static final Path OLD = Path.of("src/test/resources/written-by-0.1");
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Processors round differently; on the one that wrote these files images are equal. */
  private static final double LEVEL = 2.0 / 255;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"red apple", "cat face"})
  void modelDrawsTheSameImage(String prompt) {
    Invocation call =
        Invocation.of(
            "generate",
            "--model",
            OLD.resolve("model").toString(),
            "--prompt",
            prompt,
            "--seed",
            "3",
            "--size",
            "48x32",
            "--fit",
            "stretch",
            "--out",
            folder.toString());
    assertThat(call.status()).as(call.err()).isZero();
    String name = prompt.replace(' ', '-') + "_seed-3_48x32.png";
    RgbImage then = new RgbImageReader().read(OLD.resolve(name));
    RgbImage now = new RgbImageReader().read(folder.resolve(name));
    assertThat(now.planes())
        .usingComparatorWithPrecision(1.01f * (float) LEVEL)
        .containsExactly(then.planes());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void checkpointGoesOnWithTheSameLosses(int stage) throws IOException {
    Path run = folder.resolve("stage" + stage);
    copy(OLD.resolve("stage" + stage), run);
    Files.move(run.resolve("metrics.jsonl"), folder.resolve("then.jsonl"));
    Path field = folder.resolve("stage1/model");
    if (stage == 2) {
      copy(OLD.resolve("stage1/model"), field);
      for (Path config :
          List.of(
              run.resolve("config.json"), run.resolve("checkpoints/step-00000004/config.json"))) {
        String text = Files.readString(config);
        assertThat(text).contains("\"stage1/model\"");
        Files.writeString(
            config, text.replace("\"stage1/model\"", JSON.writeValueAsString(field.toString())));
      }
    }
    Invocation call =
        Invocation.of(
            "train-stage" + stage,
            "--config",
            run.resolve("config.json").toString(),
            "--resume",
            "--out",
            run.toString());
    assertThat(call.status()).as(call.err()).isZero();
    Map<Integer, Double> then = losses(folder.resolve("then.jsonl"));
    Map<Integer, Double> now = losses(run.resolve("metrics.jsonl"));
    assertThat(now).containsOnlyKeys(5, 6, 7, 8);
    now.forEach(
        (step, loss) ->
            assertThat(loss).as("step %s", step).isCloseTo(then.get(step), within(2e-3)));
  }

  private static Map<Integer, Double> losses(Path metrics) throws IOException {
    Map<Integer, Double> losses = new TreeMap<>();
    for (String line : Files.readAllLines(metrics, StandardCharsets.UTF_8)) {
      JsonNode entry = JSON.readTree(line);
      if (entry.has("loss")) {
        losses.put(entry.get("step").asInt(), entry.get("loss").asDouble());
      }
    }
    return losses;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }
}
