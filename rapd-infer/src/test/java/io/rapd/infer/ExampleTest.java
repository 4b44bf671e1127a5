package io.rapd.infer;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.core.fixture.ChildProcess;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code examples/text-to-image} as its user runs it: compiled against what the dependency on this
 * module brings, started by plain {@code java}. The profile {@code examples} builds its project.
 */
class ExampleTest {
  private static final Path SOURCE =
      Path.of("../examples/text-to-image/src/main/java/example/RedApple.java");

  /** What only the tests of this module have. */
  private static final Pattern TESTING =
      Pattern.compile("test-classes|-tests\\.jar|junit|assertj|byte-buddy|opentest4j|apiguardian");

  @TempDir private Path scratch;

  @Test
  void rendersWhatTheLibraryRendersWithTheSettingsInForce() throws Exception {
    // A path whose characters mean something in URLs and class paths, and not in files.
    Path folder = Files.createDirectory(scratch.resolve("my ümodels! 50%:#1"));
    Path model = RandomModel.textToImage(folder.resolve("model"));
    String dependencies =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !TESTING.matcher(entry).find())
            .collect(Collectors.joining(File.pathSeparator));
    Path classes = Files.createDirectory(scratch.resolve("classes"));
    int compiled =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                dependencies,
                "-d",
                classes.toString(),
                SOURCE.toString());
    assertThat(compiled).isZero();
    Path temporary = Files.createDirectory(scratch.resolve("tmp"));
    ProcessBuilder example =
        ChildProcess.builder(
            classes + File.pathSeparator + dependencies,
            Map.of("LC_ALL", "C.UTF-8"),
            "-Djava.io.tmpdir=" + temporary,
            "example.RedApple",
            model.toString(),
            folder.toString());

    ChildProcess run = ChildProcess.run(scratch, example);

    assertThat(run.status()).as(run.err()).isZero();
    assertThat(run.err()).isEmpty();
    if (System.getProperty("os.name").equals("Linux")) {
      assertThat(run.out()).contains("GOMP_SPINCOUNT=1000 (by rapd)", "MALLOC_MMAP_MAX_=0");
    }
    assertThat(run.out()).contains("executor: plain");
    assertThat(temporary).as("left in the temporary folder").isEmptyDirectory();
    try (TextToImage pipeline = TextToImage.load(model);
        ImageField field = pipeline.generate("red apple", pipeline.defaults().withSeed(7))) {
      assertThat(new RgbImageReader().read(folder.resolve("small.png")).toRgbBytes())
          .isEqualTo(field.renderAtResolution(64, 64).toRgbBytes());
      RgbImage large = new RgbImageReader().read(folder.resolve("large.png"));
      assertThat(List.of(large.height(), large.width())).containsExactly(768, 1024);
    }
  }
}
