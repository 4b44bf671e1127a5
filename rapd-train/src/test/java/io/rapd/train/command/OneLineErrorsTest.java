package io.rapd.train.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.fixture.ChildProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

class OneLineErrorsTest {
  private static final String ASCII = "ANSI_X3.4-1968";

  @TempDir private Path scratch;

  /** Fails as it is told. */
  @Command(name = "program")
  static final class Program implements Runnable {
    @Parameters private String failure = "";

    public static void main(String[] arguments) {
      System.exit(OneLineErrors.execute(new Program(), arguments));
    }

    @Override
    public void run() {
      switch (failure) {
        case "link" -> throw new UnsatisfiedLinkError("/tmp/lib.so: failed to map\n segment");
        case "memory" -> throw new OutOfMemoryError("Java heap space");
        default -> System.out.println("got " + failure);
      }
    }
  }

  private ChildProcess run(String locale, String argument) throws Exception {
    // By a shell, since Java itself would lose the characters on the way out.
    Path script = scratch.resolve("run.sh");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Files.writeString(
        script,
        String.join(
            "' '",
            "LC_ALL=" + locale + " exec '" + java,
            "-cp",
            System.getProperty("java.class.path"),
            Program.class.getName(),
            argument + "'\n"),
        StandardCharsets.UTF_8);
    return ChildProcess.run(scratch, new ProcessBuilder("/bin/sh", script.toString()));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void argumentsThatTheLocaleCannotHoldAreRefused() throws Exception {
    ChildProcess refused = run("C", "café");
    assertThat(refused.status()).isEqualTo(2);
    assertThat(refused.out()).isEmpty();
    assertThat(refused.err().lines()).hasSize(1);
    assertThat(refused.err()).startsWith("program: argument \"caf").contains("set LC_ALL=C.UTF-8");
    assertThat(run("C.UTF-8", "café").status()).isZero();
    assertThat(run("C", "why?").out()).isEqualTo("got why?\n");
  }

  @Test
  void questionMarksOfTheUserPass() {
    byte[] line = "java\0--prompt\0a café\0why?\0".getBytes(StandardCharsets.UTF_8);
    assertThatCode(() -> NativeArguments.requireWhole(ASCII, line, "why?"))
        .doesNotThrowAnyException();
    assertThatCode(() -> NativeArguments.requireWhole("UTF-8", line, "a caf??"))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> NativeArguments.requireWhole(ASCII, line, "a caf??"))
        .hasMessageContaining("a caf??");
    assertThatThrownBy(() -> NativeArguments.requireWhole("UTF-8", new byte[0], "caf\uFFFD"))
        .hasMessageContaining("has lost characters");
  }

  @Test
  void errorsOfTheMachineAreOneLineThatSaysWhatToSet() throws Exception {
    ChildProcess link = ChildProcess.run(scratch, Map.of(), Program.class.getName(), "link");
    assertThat(link.status()).isEqualTo(1);
    assertThat(link.err().lines()).hasSize(1);
    assertThat(link.err())
        .contains("/tmp/lib.so: failed to map segment", "DJL_CACHE_DIR", "-Djava.io.tmpdir");
    ChildProcess memory = ChildProcess.run(scratch, Map.of(), Program.class.getName(), "memory");
    assertThat(memory.status()).isEqualTo(1);
    assertThat(memory.err().lines()).hasSize(1);
    assertThat(memory.err()).contains("Java heap space", "-Xmx", "RAPD_JAVA_OPTS");
  }
}
