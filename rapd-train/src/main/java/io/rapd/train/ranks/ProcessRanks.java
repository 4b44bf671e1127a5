package io.rapd.train.ranks;

import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import io.rapd.core.torch.Devices;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.ProcessorThreads;
import io.rapd.train.loop.Ranks;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * This process as one of those that a launcher started, or alone. Ranks other than the first print
 * nothing but what ends the job.
 */
public final class ProcessRanks implements AutoCloseable {
  private static final Path STATUS = Path.of("/proc/self/status");

  private final Optional<MpiRanks> mpi;
  private final int local;

  private ProcessRanks(Optional<MpiRanks> mpi, int local) {
    this.mpi = mpi;
    this.local = local;
  }

  /**
   * Joins the other processes, if there are any.
   *
   * @throws IllegalArgumentException where a launcher started several, but its MPI cannot be used
   */
  public static ProcessRanks open() {
    Optional<Launcher> launcher = Launcher.of(System.getenv());
    if (launcher.isEmpty()) {
      return new ProcessRanks(Optional.empty(), 0);
    }
    PrintStream err = System.err;
    MpiRanks ranks = MpiRanks.of(launcher.get(), System.getenv(), err);
    if (ranks.isFirst()) {
      err.println(message("%d ranks, %s", ranks.count(), ranks.description()));
    } else {
      PrintStream silent =
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
      System.setOut(silent);
      System.setErr(silent);
    }
    shareProcessors(ranks);
    return new ProcessRanks(Optional.of(ranks), launcher.get().local());
  }

  /** The processes that train together. */
  public Ranks ranks() {
    return mpi.map(Ranks.class::cast).orElse(Ranks.alone());
  }

  /**
   * The device of this process.
   *
   * @param name see {@link Devices#of}; {@code auto} divides the GPUs of a host among its ranks
   * @throws IllegalArgumentException as {@link Devices#of} does
   */
  public Device device(String name) {
    return ranks()
        .together(
            () -> {
              int gpus = NativeRuntime.engine().getGpuCount();
              boolean divided = mpi.isPresent() && name.equals("auto") && gpus > 0;
              return Devices.of(divided ? "cuda:" + local % gpus : name);
            });
  }

  /**
   * Divides processors among the ranks that may run on the same ones. Launchers bind processes to
   * processors of their own, or to some in common, or not at all.
   */
  private static void shareProcessors(MpiRanks ranks) {
    String own = host() + " " + allowedProcessors();
    List<String> all = ranks.gather(own);
    int sharing = Collections.frequency(all, own);
    if (sharing > 1 && System.getenv("OMP_NUM_THREADS") == null) {
      ProcessorThreads.set(ProcessorThreads.share(sharing));
    }
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      return "unknown";
    }
  }

  /** Such as {@code 0-3}; the same for all ranks off Linux. */
  private static String allowedProcessors() {
    if (!Files.isReadable(STATUS)) {
      return "all";
    }
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines.filter(line -> line.startsWith("Cpus_allowed_list")).findFirst().orElse("all");
    } catch (IOException e) {
      return "all";
    }
  }

  /** Trains; an error that only this process knows ends the others too. */
  public <T> T run(Supplier<T> training) {
    try {
      return training.get();
    } catch (RuntimeException | Error e) {
      if (!ranks().isAgreed(e)) {
        ranks().failed(e);
      }
      throw e;
    }
  }

  /** Waits for the other processes. */
  @Override
  public void close() {
    mpi.ifPresent(MpiRanks::close);
  }
}
