package io.rapd.train.ranks;

import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import io.rapd.core.torch.NativeRuntime;
import java.nio.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An installed MPI library, called through JNA: what training needs of it. */
final class Mpi {
  /** RTLD_NOW and RTLD_GLOBAL: Open MPI's plug-ins look for its symbols among all. */
  private static final int OPEN_FLAGS = 0x102;

  private static final int THREAD_MULTIPLE = 3;

  /** Larger than any library's MPI_MAX_LIBRARY_VERSION_STRING. */
  private static final int VERSION_BYTES = 8192;

  private final NativeLibrary library;
  private final MpiFamily family;

  private Mpi(NativeLibrary library, MpiFamily family) {
    this.library = library;
    this.family = family;
  }

  /**
   * Loads the first library that is found.
   *
   * @param names of files or libraries
   * @throws IllegalArgumentException where none is found or it is of another family
   */
  static Mpi load(List<String> names) {
    NativeRuntime.prepare(); // where JNA unpacks its own library
    keepSignalsOfJava();
    List<String> tried = new ArrayList<>();
    for (String name : names) {
      try {
        NativeLibrary library =
            NativeLibrary.getInstance(name, Map.of(Library.OPTION_OPEN_FLAGS, OPEN_FLAGS));
        return new Mpi(library, MpiFamily.of(version(library), library));
      } catch (UnsatisfiedLinkError e) {
        tried.add(name);
      }
    }
    throw new IllegalArgumentException(
        "several processes were started, but no MPI library is found (looked for "
            + String.join(", ", tried)
            + "); install Open MPI or MPICH, or name its file with "
            + MpiRanks.LIBRARY);
  }

  /** UCX, below both families, would take the virtual machine's own SIGSEGV for a crash. */
  private static void keepSignalsOfJava() {
    if (System.getProperty("os.name").equals("Linux")) {
      NativeLibrary.getProcess()
          .getFunction("setenv")
          .invokeInt(new Object[] {"UCX_ERROR_SIGNALS", "", 0});
    }
  }

  private static String version(NativeLibrary library) {
    Memory text = new Memory(VERSION_BYTES);
    IntByReference length = new IntByReference();
    library.getFunction("MPI_Get_library_version").invokeInt(new Object[] {text, length});
    return text.getString(0, "US-ASCII").strip();
  }

  /** The library and its version. */
  String description() {
    return family.version();
  }

  void init() {
    IntByReference granted = new IntByReference();
    call("MPI_Init_thread", Pointer.NULL, Pointer.NULL, THREAD_MULTIPLE, granted);
  }

  int rank() {
    return number("MPI_Comm_rank");
  }

  int size() {
    return number("MPI_Comm_size");
  }

  private int number(String function) {
    IntByReference number = new IntByReference();
    call(function, family.world(), number);
    return number.getValue();
  }

  /** Sums float64 values in place over all ranks. */
  void sum(double[] values) {
    if (values.length == 0) {
      return;
    }
    try (Memory memory = new Memory((long) Double.BYTES * values.length)) {
      memory.write(0, values, 0, values.length);
      sum(memory, values.length, family.doubles());
      memory.read(0, values, 0, values.length);
    }
  }

  /**
   * Sums float32 values in place over all ranks.
   *
   * @param memory direct
   */
  void sumFloats(Buffer memory, int count) {
    sum(memory, count, family.floats());
  }

  private void sum(Object memory, int count, Object type) {
    call("MPI_Allreduce", family.inPlace(), memory, count, type, family.sum(), family.world());
  }

  /** Ends all processes; does not return. */
  void abort(int status) {
    call("MPI_Abort", family.world(), status);
  }

  void finish() {
    call("MPI_Finalize");
  }

  private void call(String function, Object... arguments) {
    int status = library.getFunction(function).invokeInt(arguments);
    if (status != 0) {
      throw new IllegalStateException(function + " of " + description() + " fails: " + status);
    }
  }
}
