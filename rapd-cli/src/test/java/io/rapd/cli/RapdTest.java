package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class RapdTest {
  @Test
  void helpListsEveryCommand() {
    Invocation help = Invocation.of("--help");
    assertThat(help.status()).isZero();
    assertThat(help.err()).isEmpty();
    for (String name : new CommandLine(new Rapd()).getSubcommands().keySet()) {
      assertThat(help.out()).containsPattern("(?m)^  " + name + "  ");
    }
    assertThat(help.out()).contains("generate", "reconstruct", "info");
  }

  @Test
  void everyCommandHasHelpThatExplainsEachOptionAndItsDefault() {
    CommandLine rapd = new CommandLine(new Rapd());
    rapd.getSubcommands()
        .forEach(
            (name, command) -> {
              Invocation help = Invocation.of(name, "--help");
              assertThat(help.status()).isZero();
              command
                  .getCommandSpec()
                  .options()
                  .forEach(
                      option -> {
                        assertThat(help.out()).contains(option.longestName());
                        assertThat(option.description()).as(option.longestName()).isNotEmpty();
                        boolean explained =
                            option.required()
                                || option.typeInfo().isBoolean()
                                || String.join("", option.description())
                                    .matches("(?s).*(default|required).*");
                        assertThat(explained).as(name + " " + option.longestName()).isTrue();
                      });
            });
    assertThat(Invocation.of("help", "generate").out())
        .isEqualTo(Invocation.of("generate", "--help").out())
        .contains("(default: 512)", "(default: auto)", "(default: float32)");
  }

  @Test
  void versionIsThatOfTheBuild() {
    assertThat(Invocation.of("--version").out()).startsWith("rapd ");
    assertThat(Invocation.of("generate", "--version").out())
        .isEqualTo(Invocation.of("--version").out());
  }

  @Test
  void badArgumentsAreToldInOneLine() {
    refused(Invocation.of(), "rapd: expected a command, got none; see rapd --help");
    refused(Invocation.of("frobnicate"), "rapd: Unmatched argument");
    refused(Invocation.of("info", "--colour"), "rapd info: Unknown option: '--colour'");
    refused(
        Invocation.of("evaluate", "geneval", "--prompts", "nowhere.jsonl"),
        "rapd evaluate geneval: nowhere.jsonl: expected a readable text file");
    refused(Invocation.of("info", "--device", "tpu"), "device must be auto, cpu or cuda:N");
    refused(Invocation.of("info", "--device", "cuda:99"), "device cuda:99 asked for");
    refused(
        Invocation.of("info", "--precision", "int4"),
        "precision must be auto, float32 or bfloat16");
  }

  @Test
  void infoPrintsThePlanOfAConfiguration() {
    String config = Path.of("..", "configs", "rapd-stage2.json").toString();
    Invocation info =
        Invocation.of("info", "--config", config, "--device", "cpu", "--set", "microBatch=3");
    assertThat(info.status()).isZero();
    assertThat(info.out())
        .contains("weights", "1,137,934,080", "micro-batch of 3", "  total ")
        .doesNotContain("kernels");
    refused(Invocation.of("info", "--config", "none.json"), "none.json: no such file");
  }

  /** The arguments are a command's; a size is printed whatever they are. */
  @Test
  void theLauncherIsToldTheHeap() {
    String paper = Path.of("..", "configs", "rapd-stage2.json").toString();
    String[] one = {
      "train-stage2",
      "--config",
      paper,
      "--set",
      "data.stream.threads=1",
      "--resume",
      "--set",
      "loop.batchSize=1",
      "--out",
      "x"
    };
    assertThat(HeapSize.of(one)).isEqualTo("3328m");
    one[4] = "data.stream.threads=16";
    one[7] = "loop.seed=1";
    assertThat(Long.parseLong(HeapSize.of(one).replace("m", ""))).isGreaterThan(18 * 201);
    assertThat(HeapSize.of("train-stage2", "--config", "none.json")).isEqualTo("2048m");
    assertThat(HeapSize.of("train-stage2", "--config")).isEqualTo("2048m");
    assertThat(HeapSize.of()).isEqualTo("2048m");
  }

  static void refused(Invocation call, String words) {
    assertThat(call.err()).contains(words);
    assertThat(call.err().lines()).hasSize(1);
    assertThat(call.out()).isEmpty();
    assertThat(call.status()).isEqualTo(2);
  }

  @Test
  void infoRunsTheKernelsInBothPrecisions() {
    for (String precision : new String[] {"float32", "bfloat16"}) {
      Invocation info = Invocation.of("info", "--device", "cpu", "--precision", precision);
      assertThat(info.err()).isEmpty();
      assertThat(info.status()).isZero();
      assertThat(info.out())
          .contains("libtorch 2.7.1", "cpu, " + precision)
          .containsPattern("kernels +[1-9]\\d* kernels compiled")
          .containsPattern("threads +[1-9]");
    }
  }
}
