package io.rapd.core.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The kernels of a module of this project, compiled in both precisions. */
public final class CompiledKernels {
  private static final Pattern NAME =
      Pattern.compile("(?:Kernel\\.of|[= ]kernel)\\(\\s*\"(\\w+)\"");

  private CompiledKernels() {}

  /**
   * Compiles every kernel made so far, and those of bfloat16 in float32 too.
   *
   * @throws AssertionError where the sources of the current module name a kernel that was not made
   */
  public static void assertCompleteAndCompile() throws IOException {
    Set<String> named = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        NAME.matcher(Files.readString(file)).results().forEach(name -> named.add(name.group(1)));
      }
    }
    assertThat(named).isNotEmpty();
    assertThat(Kernel.compileAll()).containsAll(named);
  }
}
