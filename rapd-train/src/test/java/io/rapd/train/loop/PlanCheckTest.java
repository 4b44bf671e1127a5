package io.rapd.train.loop;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.torch.DeviceMemory;
import io.rapd.train.stage1.Stage1Config;
import io.rapd.train.stage2.Stage2Config;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PlanCheckTest {
  private static final Path CONFIGS = Path.of("..", "configs");
  private static final Device GPU = Device.gpu(0);
  private static final DeviceMemory CARD = new DeviceMemory(40L << 30, "memory of cuda:0");

  private static Stage2Config stage2(String... overrides) {
    return ConfigFile.read(
        CONFIGS.resolve("rapd-stage2.json"), Stage2Config.class, List.of(overrides));
  }

  @Test
  void aPlanThatFitsPasses() {
    assertThat(PlanCheck.misfit(stage2(), Stage2Config.class, GPU, new DeviceMemory(1L << 40, "x")))
        .isEmpty();
  }

  /** What the message says to change is enough, and the plan of the change is the one it names. */
  @Test
  void aPlanThatDoesNotFitSaysWhatToChange() {
    Optional<String> misfit = PlanCheck.misfit(stage2(), Stage2Config.class, GPU, CARD);
    assertThat(misfit).get().asString().contains("more than the memory of cuda:0 of 42.95 GB");
    Matcher said =
        Pattern.compile(".*; ((?:[a-zA-Z.]+=[a-z0-9]+(?:, )?)+) brings it to ([0-9.]+ GB)")
            .matcher(misfit.orElseThrow());
    assertThat(said.matches()).as(misfit.get()).isTrue();
    Stage2Config changed = stage2(said.group(1).split(", "));
    long total = changed.plan(GPU).total();
    assertThat(DeviceMemory.gigabytes(total)).isEqualTo(said.group(2));
    assertThat(total).isLessThan(CARD.bytes());
    assertThat(changed.activationCheckpointing()).isTrue();
  }

  @Test
  void aCardThatIsFarTooSmallIsToldSo() {
    DeviceMemory small = new DeviceMemory(4L << 30, "memory of cuda:0");
    assertThat(PlanCheck.misfit(stage2(), Stage2Config.class, GPU, small))
        .get()
        .asString()
        .contains("microBatch=1", "optimizer.moments=bfloat16", "a device of more memory");
  }

  @Test
  void stage1IsToldToRenderInStrips() {
    Stage1Config config =
        ConfigFile.read(CONFIGS.resolve("rapd-stage1.json"), Stage1Config.class, List.of());
    assertThat(PlanCheck.misfit(config, Stage1Config.class, GPU, CARD))
        .get()
        .asString()
        .contains("microBatchPixels=524288 brings it to");
  }

  /** 256 images of 3 x 512 x 512 bytes are 201 MB. */
  @Test
  void theHeapFollowsTheBatchAndTheThreads() {
    MemoryPlan one = stage2("data.stream.threads=1", "textCache=1").plan(GPU);
    MemoryPlan four = stage2("data.stream.threads=4", "textCache=1").plan(GPU);
    assertThat(four.heap() - one.heap()).isEqualTo(3 * 256L * 3 * 512 * 512);
    assertThat(four.heapLimit()).isGreaterThan(one.heapLimit()).isGreaterThan(four.heap());
    assertThat(stage2("loop.batchSize=1", "textCache=1").plan(GPU).heapLimit()).isEqualTo(2L << 30);
  }
}
