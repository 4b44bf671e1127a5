package io.rapd.core.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Compiles the kernels of one Maven module in both precisions. */
public final class CompiledKernels {
  private static final Pattern NAME = Pattern.compile("(?:Kernel\\.of|\\bkernel)\\(\\s*\"(\\w+)\"");

  private CompiledKernels() {}

  /**
   * Compiles every kernel created so far; those of bfloat16 in float32 too.
   *
   * @param elsewhere folders of sources, such as {@code /stage2/}, that another test covers
   * @throws AssertionError if the module's sources name a kernel that has not been created
   */
  public static void assertCompleteAndCompile(String... elsewhere) throws IOException {
    Set<String> named = new TreeSet<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        if (Arrays.stream(elsewhere).anyMatch(file.toString()::contains)) {
          continue;
        }
        NAME.matcher(Files.readString(file)).results().forEach(name -> named.add(name.group(1)));
      }
    }
    assertThat(named).isNotEmpty();
    assertThat(Kernel.compile(named)).containsAll(named);
  }
}
