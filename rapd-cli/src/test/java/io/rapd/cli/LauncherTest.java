package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code scripts/rapd} in a project that is built already, with a Java that prints its call. */
@EnabledOnOs({OS.LINUX, OS.MAC})
class LauncherTest {
  @TempDir private Path folder;
  private Path project;
  private Path launcher;

  @BeforeEach
  void layOut() throws IOException {
    project = Files.createDirectory(folder.resolve("my project")).toRealPath();
    Path scripts = Files.createDirectory(project.resolve("scripts"));
    launcher = scripts.resolve("rapd");
    Files.copy(Path.of("../scripts/rapd"), launcher);
    Path target = Files.createDirectories(project.resolve("rapd-cli/target"));
    Files.createFile(target.resolve("rapd.built"));
    java("17.0.1", "for a in \"$@\"; do echo \"[$a]\"; done; echo \"LC_ALL=${LC_ALL:-}\"");
  }

  private void java(String version, String script) throws IOException {
    Path bin = Files.createDirectories(project.resolve("java/bin"));
    Files.writeString(project.resolve("java/release"), "JAVA_VERSION=\"" + version + "\"\n");
    Path java = Files.writeString(bin.resolve("java"), "#!/bin/sh\n" + script + "\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
  }

  private Invocation run(Path script, Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("/bin/sh", script.toString()));
    command.addAll(List.of(arguments));
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.matches("(MALLOC|GOMP|OMP)_.*"));
    builder.environment().remove("LC_ALL");
    builder.environment().remove("LC_CTYPE");
    builder.environment().put("LANG", "C");
    builder.environment().put("JAVA_HOME", project.resolve("java").toString());
    builder.environment().putAll(environment);
    int status = builder.start().waitFor();
    return new Invocation(
        status,
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  @Test
  void startsTheBuildFromAnywhereThroughLinksAndKeepsArgumentsWhole() throws Exception {
    Path first = Files.createSymbolicLink(folder.resolve("first"), launcher);
    Path second = Files.createSymbolicLink(folder.resolve("second"), first.getFileName());
    Invocation call =
        run(second, Map.of("RAPD_JAVA_OPTS", "-Xmx9g -Da=b"), "generate", "--prompt", "a b 'c' *");
    assertThat(call.err()).isEmpty();
    assertThat(call.status()).isZero();
    String target = project.resolve("rapd-cli/target").toString();
    assertThat(call.out())
        .containsSubsequence(
            "[-Xmx2g]\n[-Xms128m]\n[-Xmn64m]",
            "[-Xmx9g]\n[-Da=b]",
            "[-cp]\n[" + target + "/*:" + target + "/lib/*]\n[io.rapd.cli.Rapd]\n",
            "[generate]\n[--prompt]\n[a b 'c' *]\n")
        .doesNotContain("native-access");
    assertThat(run(second, Map.of(), "info").out()).doesNotContain("-Xmn");
  }

  @Test
  void laterJavasGetTheirOptions() throws Exception {
    java("25", "echo \"$@\"");
    assertThat(run(launcher, Map.of()).out()).contains("--enable-native-access=ALL-UNNAMED");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void argumentsAreReadAsUtf8WhateverTheLocaleIsCalled() throws Exception {
    for (Map<String, String> other :
        List.of(
            Map.of("LANG", "C"),
            Map.of("LC_CTYPE", "UTF-8"),
            Map.of("LC_ALL", "xx_XX.UTF-8"),
            Map.of("LANG", "xx_XX.UTF-8"))) {
      assertThat(run(launcher, other).out()).as(other.toString()).contains("LC_ALL=C.UTF-8");
    }
    assertThat(run(launcher, Map.of("LANG", "C.UTF-8")).out()).contains("LC_ALL=\n");
  }

  @Test
  void whatTheLibrarySetsIsNotSetHere() throws Exception {
    java("17", "env; echo \"$@\"");
    assertThat(run(launcher, Map.of()).out())
        .doesNotContain("GOMP_SPINCOUNT=1000", "MALLOC_TOP_PAD_=2", "graph_optimizer");
  }

  private Map<String, String> driver(String version, String libraries) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("driver"),
            "NVRM version: NVIDIA UNIX x86_64 Kernel Module  "
                + version
                + "  Jan 1 00:00:00 UTC 2025\n");
    return Map.of("RAPD_DRIVER", file.toString(), "LD_LIBRARY_PATH", libraries);
  }

  @Test
  void cudaIsTakenWhereBuildDriverAndRuntimeHaveItAndTheReasonIsToldOtherwise() throws Exception {
    String unused = "rapd: an NVIDIA driver is here, but not used: ";
    assertThat(run(launcher, driver("570.86.15", "")).err())
        .startsWith(unused + "this build holds libtorch for the CPU only; ")
        .contains("mvn -Pcuda")
        .hasLineCount(1);
    assertThat(run(launcher, driver("570.86.15", ""), "info", "--device", "cpu").err()).isEmpty();

    Path cuda = Files.createDirectory(project.resolve("rapd-cli/target/lib-cuda"));
    assertThat(run(launcher, driver("470.199.02", "")).err())
        .isEqualTo(unused + "CUDA 12.8 needs the NVIDIA driver 525 or later, found 470\n");
    assertThat(run(launcher, Map.of("RAPD_DRIVER", "/nowhere")).out()).doesNotContain("lib-cuda");

    Path libraries = Files.createDirectory(folder.resolve("cuda-12.8"));
    Files.createFile(libraries.resolve("libcudart.so.12"));
    Invocation call = run(launcher, driver("570.86.15", libraries.toString()));
    assertThat(call.err()).isEmpty();
    assertThat(call.out()).contains("[-cp]\n[" + cuda + "/*:" + cuda.getParent() + "/*:");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void foldersThatAClassPathCannotNameAreReached() throws Exception {
    Path odd = Files.move(project, folder.resolve("ü: a!b"));
    Path lib = Files.createDirectories(odd.resolve("rapd-cli/target/lib"));
    Files.createFile(lib.resolve("here.jar"));
    Path java = odd.resolve("java/bin/java");
    Files.writeString(java, "#!/bin/sh\necho \"$@\"; ls /proc/self/fd/8/lib\n");
    Map<String, String> home = Map.of("JAVA_HOME", odd.resolve("java").toString());
    assertThat(run(odd.resolve("scripts/rapd"), home, "info").out())
        .contains("-cp /proc/self/fd/8/*:/proc/self/fd/8/lib/* io.rapd.cli.Rapd info")
        .contains("here.jar");
  }

  @Test
  void exitStatusIsThatOfJava() throws Exception {
    java("17", "exit 7");
    assertThat(run(launcher, Map.of()).status()).isEqualTo(7);
  }

  @Test
  void missingAndOldJavasAreToldInOneLine() throws Exception {
    RapdTest.refused(
        run(launcher, Map.of("JAVA_HOME", "/nowhere")),
        "rapd: JAVA_HOME is /nowhere, which holds no bin/java");
    java("1.8.0_392", "exit 0");
    RapdTest.refused(run(launcher, Map.of()), "rapd: needs Java 17 or later; ");
  }

  @Test
  void aFailedBuildIsToldAndNothingStarts() throws Exception {
    Files.delete(project.resolve("rapd-cli/target/rapd.built"));
    Path tools = Files.createDirectory(folder.resolve("tools"));
    Path maven = Files.writeString(tools.resolve("mvn"), "#!/bin/sh\necho broken\nexit 1\n");
    assertThat(maven.toFile().setExecutable(true)).isTrue();
    String path = tools + ":" + System.getenv("PATH");
    Invocation call = run(launcher, Map.of("PATH", path), "info");
    assertThat(call.status()).isEqualTo(2);
    assertThat(call.out()).isEmpty();
    assertThat(call.err()).contains("broken\n").endsWith("rapd: the build failed; see above\n");
    assertThat(project.resolve("rapd-cli/target/rapd.built")).doesNotExist();
    Files.writeString(maven, "#!/bin/sh\nexit 0\n");
    assertThat(run(launcher, Map.of("PATH", path), "info").out()).contains("[info]");
    assertThat(project.resolve("rapd-cli/target/rapd.built")).exists();
  }
}
