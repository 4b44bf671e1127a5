package io.rapd.train.ranks;

import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import io.rapd.train.data.Share;
import io.rapd.train.loop.Ranks;
import java.io.PrintStream;
import java.nio.Buffer;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The processes that {@code mpirun} or {@code srun} started together. */
final class MpiRanks implements Ranks, AutoCloseable {
  /** The environment variable that names the MPI library. */
  static final String LIBRARY = "RAPD_MPI";

  private final Mpi mpi;
  private final Share share;
  private final Watch watch;
  private final PrintStream err;
  private long exchangeNanos;
  private @Nullable Throwable agreed;

  private MpiRanks(Mpi mpi, Share share, PrintStream err) {
    this.mpi = mpi;
    this.share = share;
    this.err = err;
    watch = Watch.start(share, err, () -> mpi.abort(1));
  }

  /**
   * The ranks that a launcher started, initialised; empty where there is none or it started one.
   *
   * @param environment of this process
   * @param err where the errors of a rank go
   * @throws IllegalArgumentException where there is no MPI library, or one of another MPI than the
   *     launcher's
   */
  static MpiRanks of(Launcher launcher, Map<String, String> environment, PrintStream err) {
    String named = environment.getOrDefault(LIBRARY, "");
    Mpi mpi = Mpi.load(named.isEmpty() ? launcher.libraries() : List.of(named));
    mpi.init();
    int size = mpi.size();
    if (size != launcher.processes()) {
      mpi.finish();
      throw new IllegalArgumentException(
          message(
              "%s started %d processes, but %s sees %d: it is not the launcher's MPI; name the"
                  + " library that is with %s",
              launcher.variable(), launcher.processes(), mpi.description(), size, LIBRARY));
    }
    return new MpiRanks(mpi, new Share(mpi.rank(), size), err);
  }

  /** The MPI library and its version. */
  String description() {
    return mpi.description();
  }

  @Override
  public Share share() {
    return share;
  }

  @Override
  public void sum(double[] values) {
    timed(() -> mpi.sum(values));
  }

  /** Values on a GPU are copied to the host, summed there and copied back. */
  @Override
  public void sum(NDArray values) {
    if (values.getDevice().equals(Device.cpu())) {
      Buffer memory = ((PtNDArray) values).toByteBuffer(true); // the array's own
      timed(() -> mpi.sumFloats(memory, Math.toIntExact(values.size())));
    } else {
      try (NDArray host = values.toDevice(Device.cpu(), true)) {
        sum(host);
        host.copyTo(values);
      }
    }
  }

  @Override
  public <T> T apart(Supplier<? extends T> work) {
    watch.pause();
    try {
      return Ranks.super.apart(work);
    } finally {
      watch.resume();
    }
  }

  private void timed(Runnable exchange) {
    long start = System.nanoTime();
    watch.waiting(exchange);
    exchangeNanos += System.nanoTime() - start;
  }

  @Override
  public long exchangeNanos() {
    return exchangeNanos;
  }

  @Override
  public void failed(Throwable error) {
    boolean defect =
        !(error instanceof IllegalArgumentException || error instanceof IllegalStateException);
    err.println(
        message(
            "rank %d of %d: %s; the job ends", share.index(), share.count(), error.getMessage()));
    if (defect) {
      error.printStackTrace(err);
    }
    err.flush();
    mpi.abort(error instanceof IllegalArgumentException ? 2 : 1);
  }

  @Override
  public <E extends Throwable> E agreed(E error) {
    agreed = error;
    return error;
  }

  @Override
  public boolean isAgreed(Throwable error) {
    return error.equals(agreed);
  }

  /** Waits for all ranks, however long: the first may still write a report. */
  @Override
  public void close() {
    watch.close();
    mpi.finish();
  }
}
