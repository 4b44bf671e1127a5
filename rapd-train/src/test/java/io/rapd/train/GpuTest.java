package io.rapd.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.Precision;
import io.rapd.train.stage1.Stage1Training;
import io.rapd.train.stage2.Stage2Training;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Both stages on a GPU against the CPU; skipped where libtorch sees none. */
@Tag("gpu")
class GpuTest {
  @RegisterExtension private final CapturedStreams streams = new CapturedStreams();
  @TempDir private Path folder;
  private Path images;

  @BeforeEach
  void requireGpu() {
    Assumptions.assumeTrue(NativeRuntime.engine().getGpuCount() > 0, "libtorch sees no GPU");
    images = TinyImages.write(folder.resolve("images"));
  }

  private static double firstLoss(Path run) {
    return new RunFolder(run).metrics().get(0).path("loss").asDouble();
  }

  @Test
  void stage1StartsWithTheLossOfTheCpu() {
    Path gpu = folder.resolve("gpu");
    Path cpu = folder.resolve("cpu");
    new Stage1Training(TinyStage1.config(images), Device.gpu(), Precision.FLOAT32).run(gpu, false);
    new Stage1Training(TinyStage1.config(images), Device.cpu(), Precision.FLOAT32).run(cpu, false);
    assertThat(firstLoss(gpu)).isCloseTo(firstLoss(cpu), within(1e-3));
  }

  @Test
  void stage2StartsWithTheLossOfTheCpuAndResumes() {
    Path field = TinyStage1.writeField(folder.resolve("field"));
    Path gpu = folder.resolve("gpu");
    Path cpu = folder.resolve("cpu");
    String java = "generator=java"; // the same numbers on every device
    new Stage2Training(TinyStage2.config(images, field, java), Device.gpu(), Precision.FLOAT32)
        .run(gpu, false);
    new Stage2Training(TinyStage2.config(images, field, java), Device.cpu(), Precision.FLOAT32)
        .run(cpu, false);
    assertThat(firstLoss(gpu)).isCloseTo(firstLoss(cpu), within(1e-3));
    new Stage2Training(
            TinyStage2.config(images, field, java, "loop.steps=8"),
            Device.gpu(),
            Precision.BFLOAT16)
        .run(gpu, true);
    assertThat(new RunFolder(gpu).checkpoint(8)).isDirectory();
  }
}
