package io.rapd.train.ranks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.train.RunFolder;
import io.rapd.train.TinyImages;
import io.rapd.train.TinyStage1;
import io.rapd.train.TinyStage2;
import io.rapd.train.loop.Ranks;
import io.rapd.train.stage2.Stage2Training;
import io.rapd.train.stage2.TrainStage2;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training by {@code mpirun}, where one is installed; skipped elsewhere. */
class MpiTest {
  private static final long PATIENCE_MINUTES = 5;

  @TempDir private Path folder;
  private Path images;
  private Path field;
  private Path config;
  private Path log;

  @BeforeEach
  void write() throws IOException {
    images = TinyImages.write(folder.resolve("images"));
    field = TinyStage1.writeField(folder.resolve("field"));
    config = Files.writeString(folder.resolve("stage2.json"), TinyStage2.JSON);
    log = folder.resolve("log");
  }

  /** The path of a launcher; skips the test where it is not installed. */
  private static String launcher(String name) {
    for (String folder : List.of("/usr/bin", "/usr/local/bin", "/opt/local/bin")) {
      Path file = Path.of(folder, name);
      if (Files.isExecutable(file)) {
        return file.toString();
      }
    }
    return Assumptions.abort(name + " is not installed");
  }

  private List<String> training(Path out, String... overrides) {
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-Drapd.ranks.timeout=60",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                System.getProperty("java.class.path"),
                TrainStage2.class.getName(),
                "--config",
                config.toString(),
                "--out",
                out.toString(),
                "--device",
                "cpu",
                "--resume",
                "--set",
                "data.location=" + images,
                "--set",
                "field=" + field));
    for (String override : overrides) {
      line.addAll(List.of("--set", override));
    }
    return line;
  }

  private Path alone(String name, String... overrides) {
    Path out = folder.resolve(name);
    new Stage2Training(TinyStage2.config(images, field, overrides), Device.cpu(), Ranks.alone())
        .run(out, false);
    return out;
  }

  private Process start(List<String> line) throws IOException {
    return start(line, log);
  }

  private static Process start(List<String> line, Path log) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(log.toFile());
    builder
        .environment()
        .putAll(Map.of("OMPI_ALLOW_RUN_AS_ROOT", "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"));
    builder.environment().put("OMPI_MCA_rmaps_base_oversubscribe", "1");
    return builder.start();
  }

  private String finished(Process process, boolean well) throws Exception {
    if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      throw new AssertionError("does not end: " + said());
    }
    assertThat(process.exitValue() == 0).as(said()).isEqualTo(well);
    return said();
  }

  private String said() throws IOException {
    return Files.readString(log, StandardCharsets.UTF_8);
  }

  private static List<String> launched(String launcher, int count, List<String> line) {
    List<String> all = new ArrayList<>(List.of(launcher, "-np", String.valueOf(count)));
    all.addAll(line);
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"mpirun.openmpi", "mpirun.mpich"})
  void twoProcessesFollowOne(String name) throws Exception {
    String launcher = launcher(name);
    Path two = folder.resolve("two");
    String said = finished(start(launched(launcher, 2, training(two))), true);
    assertThat(said).contains("2 ranks, ").containsOnlyOnce("step 6/6").contains("stage 2 on cpu");
    List<JsonNode> expected = new RunFolder(alone("one")).metrics();
    List<JsonNode> metrics = new RunFolder(two).metrics();
    assertThat(metrics).hasSameSizeAs(expected);
    for (int i = 0; i < metrics.size(); i++) {
      assertThat(metrics.get(i).path("loss").asDouble())
          .isCloseTo(expected.get(i).path("loss").asDouble(), within(i == 0 ? 2e-6 : 2e-3));
      assertThat(metrics.get(i).path("exchangeSeconds").asDouble()).isPositive();
    }
    assertThat(two.resolve("model/denoiser")).isDirectory();
  }

  @Test
  void fourProcessesFollowOneAndTwoGoOnFromThere() throws Exception {
    String launcher = launcher("mpirun.openmpi");
    String constant = "optimizer.finalRate=0.005"; // the rate of three steps is that of six
    Path several = folder.resolve("several");
    finished(start(launched(launcher, 4, training(several, constant, "loop.steps=3"))), true);
    finished(start(launched(launcher, 2, training(several, constant))), true);
    RanksTest.assertSame(alone("one", constant), several);
    assertThat(new RunFolder(several).metrics())
        .extracting(line -> line.path("ranks").asInt())
        .containsExactly(4, 4, 4, 2, 2, 2);
  }

  @Test
  void twoJobsSideBySideDoNotDisturbEachOther() throws Exception {
    String launcher = launcher("mpirun.openmpi");
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    Path otherLog = folder.resolve("other-log");
    Process other = start(launched(launcher, 2, training(second, "loop.seed=2")), otherLog);
    finished(start(launched(launcher, 2, training(first))), true);
    finished(other, true);
    RanksTest.assertSame(alone("alone"), first);
    assertThat(second.resolve("model/denoiser")).isDirectory();
  }

  @Test
  void aRankThatStopsEndsTheJobAfterTheTimeout() throws Exception {
    String launcher = launcher("mpirun.openmpi");
    Path out = folder.resolve("out");
    List<String> line = training(out, "loop.steps=100000");
    line.set(line.indexOf("-Drapd.ranks.timeout=60"), "-Drapd.ranks.timeout=8");
    Process job = start(launched(launcher, 2, line));
    ProcessHandle second = rank(job, 1);
    awaitSteps(job, out);
    new ProcessBuilder("kill", "-STOP", String.valueOf(second.pid())).start().waitFor();
    assertThat(finished(job, false))
        .contains(
            "rank 0 of 2 has waited in an exchange for 8 s (rapd.ranks.timeout); the job ends");
  }

  @Test
  void ranksThatDifferAreRefusedInOneLine() throws Exception {
    String launcher = launcher("mpirun.openmpi");
    Path out = folder.resolve("out");
    List<String> line = launched(launcher, 1, training(out));
    line.addAll(List.of(":", "-np", "1"));
    line.addAll(training(out, "optimizer.beta2=0.5"));
    assertThat(finished(start(line), false))
        .containsOnlyOnce(
            "train-stage2: the configuration of rank 1 is not rank 0's: optimizer.beta2 is 0.5"
                + " there and 0.95 here")
        .doesNotContain("\tat ");
    assertThat(out).doesNotExist();
  }

  @Test
  void aKilledRankEndsTheJobWithALineThatNamesItAndOneProcessGoesOn() throws Exception {
    String launcher = launcher("mpirun.openmpi");
    Path out = folder.resolve("out");
    Process job = start(launched(launcher, 2, training(out, "loop.steps=100000")));
    ProcessHandle second = rank(job, 1);
    awaitSteps(job, out);
    second.destroyForcibly();
    assertThat(finished(job, false)).containsPattern("rank 1 .*exited on signal 9");
    finished(start(training(out, "loop.steps=10")), true);
  }

  private void awaitSteps(Process job, Path out) throws Exception {
    Path metrics = out.resolve("metrics.jsonl");
    while (!Files.exists(metrics) || Files.size(metrics) == 0) {
      assertThat(job.isAlive()).as(said()).isTrue();
      Thread.sleep(100);
    }
  }

  private static ProcessHandle rank(Process job, int number) throws Exception {
    String wanted = "OMPI_COMM_WORLD_RANK=" + number;
    for (int tried = 0; tried < 600; tried++) {
      for (ProcessHandle child : job.descendants().toList()) {
        Path environment = Path.of("/proc", String.valueOf(child.pid()), "environ");
        if (Files.isReadable(environment)
            && Files.readString(environment, StandardCharsets.ISO_8859_1).contains(wanted)) {
          return child;
        }
      }
      Thread.sleep(100);
    }
    throw new AssertionError("rank " + number + " does not start");
  }

  @Test
  void withoutTheLaunchersLibraryTheMessageNamesWhatWasLookedFor() throws Exception {
    List<String> line =
        new ArrayList<>(List.of("env", "PMI_SIZE=2", "RAPD_MPI=/nowhere/libmpi.so"));
    line.addAll(training(folder.resolve("out")));
    assertThat(finished(start(line), false))
        .isEqualTo(
            "train-stage2: several processes were started, but no MPI library is found (looked for"
                + " /nowhere/libmpi.so); install Open MPI or MPICH, or name its file with"
                + " RAPD_MPI\n");
  }
}
