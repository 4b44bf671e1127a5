package io.rapd.cli;

import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import io.rapd.core.torch.Bfloat16Products;
import io.rapd.core.torch.Kernel;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.Precision;
import io.rapd.train.command.ComputeOptions;
import io.rapd.train.loop.RunDescription;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd info}. */
@Command(
    name = "info",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Prints engine, devices, threads and allocator settings, and runs every kernel once on the"
            + " chosen device in the chosen precision; or prints what a configuration needs.")
final class Info implements Runnable {
  /** CPU flags that decide which code libtorch runs. */
  private static final List<String> CPU_FLAGS =
      List.of("avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16", "sve");

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description =
          "a configuration of either stage: prints what training it needs on the device, and runs"
              + " no kernels (default: none)")
  private @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "PATH=VALUE",
      description =
          "overrides a field of the configuration, such as microBatch=8; may be repeated (default:"
              + " none)")
  private List<String> overrides = new ArrayList<>();

  @Mixin private ComputeOptions compute = new ComputeOptions();

  @Override
  public void run() {
    Path file = config;
    if (file == null) {
      describeMachine();
    } else {
      List<String> all = new ArrayList<>(overrides);
      compute.given().ifPresent(precision -> all.add("precision=" + precision));
      RunDescription.lines(new StageFile(file, all).read(), compute.device())
          .forEach(System.out::println);
    }
  }

  private void describeMachine() {
    Device device = compute.device();
    Precision precision = compute.precision();
    Engine engine = NativeRuntime.engine();
    line("rapd", version(Info.class));
    line(
        "java",
        message("%s, heap up to %d MB", Runtime.version(), Runtime.getRuntime().maxMemory() >> 20));
    line("engine", message("DJL %s, libtorch %s", Engine.getDjlVersion(), engine.getVersion()));
    line("devices", devices(engine.getGpuCount()));
    line(
        "threads",
        message(
            "%d within an operator, %d between operators; %d processors",
            JniUtils.getNumThreads(),
            JniUtils.getNumInteropThreads(),
            Runtime.getRuntime().availableProcessors()));
    line("cpu", cpu());
    NativeRuntime.inForce().forEach(Info::line);
    line("arguments", System.getProperty("sun.jnu.encoding"));
    line(
        "bfloat16",
        Bfloat16Products.widenedOn(device)
            ? "computed in float32; libtorch multiplies bfloat16 slowly on this processor"
            : "computed in bfloat16");
    line("computing", compute.describe());
    SmallModels.run(device, precision);
    line("kernels", Kernel.compiled().size() + " kernels compiled and run");
  }

  private static void line(String name, String value) {
    System.out.println(message("%-10s %s", name, value));
  }

  private static String version(Class<?> type) {
    return Objects.requireNonNullElse(type.getPackage().getImplementationVersion(), "development");
  }

  private static String devices(int gpus) {
    return gpus == 0 ? "cpu; libtorch sees no CUDA device" : "cpu, cuda:0 to cuda:" + (gpus - 1);
  }

  private static String cpu() {
    String chosen = System.getenv("ATEN_CPU_CAPABILITY");
    String forced = chosen == null ? "" : ", ATEN_CPU_CAPABILITY " + chosen;
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      List<String> flags =
          lines
              .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
              .findFirst()
              .map(line -> Arrays.asList(line.split("\\s+")))
              .orElse(List.of());
      return System.getProperty("os.arch")
          + CPU_FLAGS.stream()
              .filter(flags::contains)
              .map(flag -> " " + flag)
              .collect(Collectors.joining())
          + forced;
    } catch (IOException e) {
      // Only Linux has this file.
      return System.getProperty("os.arch") + forced;
    }
  }
}
