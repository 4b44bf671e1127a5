package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.SafetensorsFile;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.infer.RandomModel;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NifFolder;
import io.rapd.train.TinyImages;
import io.rapd.train.TinyStage1;
import io.rapd.train.TinyStage2;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands whose work {@code mpirun} divides, against one process; skipped without a launcher. */
class MpiCommandsTest {
  private static final Path LAUNCHER = Path.of("/usr/bin/mpirun.openmpi");

  @TempDir private Path folder;
  private Path images;

  @BeforeEach
  void write() {
    Assumptions.assumeTrue(Files.isExecutable(LAUNCHER), LAUNCHER + " is not installed");
    images = TinyImages.write(folder.resolve("images"));
  }

  /** Runs a command in one process and in two. */
  private void both(List<String> command, Path one, Path two) throws Exception {
    List<String> alone = new ArrayList<>(command);
    alone.addAll(List.of("--out", one.toString()));
    Invocation call = Invocation.of(alone.toArray(String[]::new));
    assertThat(call.status()).as(call.err()).isZero();
    assertThat(divided(command, two)).contains("2 ranks, ");
  }

  private String divided(List<String> command, Path out) throws Exception {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    List<String> line = new ArrayList<>(List.of(LAUNCHER.toString(), "-np", "2", java.toString()));
    line.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-Drapd.ranks.timeout=60"));
    line.addAll(List.of("-cp", System.getProperty("java.class.path"), Rapd.class.getName()));
    line.addAll(command);
    line.addAll(List.of("--out", out.toString()));
    Path log = folder.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("OMPI_ALLOW_RUN_AS_ROOT", "1");
    builder.environment().put("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    builder.environment().put("OMPI_MCA_rmaps_base_oversubscribe", "1");
    Process job = builder.start();
    try {
      assertThat(job.waitFor(5, TimeUnit.MINUTES)).isTrue();
      assertThat(job.exitValue()).as(Files.readString(log)).isZero();
    } finally {
      job.destroyForcibly();
    }
    return Files.readString(log);
  }

  /** All values of the files of a kind, by name: shards may be divided otherwise. */
  private static Map<String, List<Number>> values(Path folder, String kind) throws IOException {
    Map<String, List<Number>> values = new TreeMap<>();
    try (NDManager manager = NativeRuntime.newManager(Device.cpu());
        Stream<Path> files = Files.list(folder)) {
      for (Path path : files.filter(f -> f.getFileName().toString().startsWith(kind)).toList()) {
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
          for (String name : file.names()) {
            assertThat(values.put(name, List.of(file.read(name, manager).toArray()))).isNull();
          }
        }
      }
    }
    return values;
  }

  @Test
  void twoProcessesPrepareWhatOneDoes() throws Exception {
    Path config = Files.writeString(folder.resolve("stage2.json"), TinyStage2.JSON);
    Path field = TinyStage1.writeField(folder.resolve("field"));
    List<String> command = new ArrayList<>(List.of("prepare", "--config", config.toString()));
    command.addAll(List.of("--set", "data.location=" + images, "--set", "field=" + field));
    command.addAll(List.of("--latents", "--shard", "2", "--batch", "2"));
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    both(command, one, two);
    for (String kind : List.of("text", "latents")) {
      assertThat(values(one, kind)).isNotEmpty();
      assertThat(values(two, kind)).isEqualTo(values(one, kind));
    }
    assertThat(two.resolve("config.json")).hasSameTextualContentAs(one.resolve("config.json"));
  }

  @Test
  void twoProcessesMeasureTheStatisticsOfOne() throws Exception {
    Path field = TinyStage1.writeField(folder.resolve("field"));
    List<String> command = new ArrayList<>(List.of("statistics", "--model", field.toString()));
    command.addAll(List.of("--data", images.toString(), "--size", "16", "--set", "train=all"));
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    both(command, one, two);
    LatentStatistics alone = NifFolder.describe(one).statistics();
    LatentStatistics divided = NifFolder.describe(two).statistics();
    for (int c = 0; c < alone.mean().size(); c++) {
      assertThat(divided.mean().get(c)).isCloseTo(alone.mean().get(c), within());
      assertThat(divided.std().get(c)).isCloseTo(alone.std().get(c), within());
    }
  }

  private static org.assertj.core.data.Offset<Double> within() {
    return org.assertj.core.data.Offset.offset(1e-12);
  }

  @Test
  void twoProcessesEvaluateAsOneDoes() throws Exception {
    Path model = RandomModel.textToImage(folder.resolve("model"));
    List<String> command = new ArrayList<>(List.of("evaluate", "generation", "--model"));
    command.addAll(List.of(model.toString(), "--data", images.toString(), "--size", "16"));
    command.addAll(List.of("--split", "all", "--trained-on", "all"));
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    both(command, one, two);
    assertThat(two.resolve("images.csv")).hasSameTextualContentAs(one.resolve("images.csv"));
    try (Stream<Path> drawn = Files.list(one.resolve("images"))) {
      assertThat(drawn.toList())
          .hasSize(6)
          .allSatisfy(
              image ->
                  assertThat(two.resolve("images").resolve(image.getFileName()))
                      .hasSameBinaryContentAs(image));
    }
    assertThat(Files.readAllLines(two.resolve("values.jsonl")))
        .containsExactlyInAnyOrderElementsOf(Files.readAllLines(one.resolve("values.jsonl")));
    assertThat(two.resolve("values.jsonl.rank-1")).doesNotExist();
  }
}
