package io.rapd.core.torch;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import org.jspecify.annotations.Nullable;

/** The C library of this process, called through JNA. Only glibc is supported. */
final class Libc {
  /** Parameters of glibc's {@code mallopt} (malloc.h). */
  static final int M_TRIM_THRESHOLD = -1;

  static final int M_TOP_PAD = -2;
  static final int M_MMAP_MAX = -4;

  private final NativeLibrary process;

  private Libc(NativeLibrary process) {
    this.process = process;
  }

  /**
   * The C library of this process, or null where it is not glibc (musl, macOS, Windows).
   *
   * @throws LinkageError where JNA cannot load its own native library
   */
  static @Nullable Libc glibc() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return null;
    }
    NativeLibrary process = NativeLibrary.getProcess();
    try {
      process.getFunction("gnu_get_libc_version");
      return new Libc(process);
    } catch (UnsatisfiedLinkError e) {
      return null;
    }
  }

  /** The variable of the C environment, which Java's own copy no longer follows. */
  @Nullable String getenv(String name) {
    return function("getenv").invokeString(new Object[] {name}, false);
  }

  /** Sets a variable of the C environment unless it is set. */
  void setenvIfAbsent(String name, String value) {
    call("setenv", name, value, 0);
  }

  /** Sets a parameter of the allocator, for all threads. */
  void mallopt(int parameter, int value) {
    if (call("mallopt", parameter, value) != 1) {
      throw new IllegalStateException("mallopt does not take " + parameter + " = " + value);
    }
  }

  private int call(String name, Object... arguments) {
    return function(name).invokeInt(arguments);
  }

  private Function function(String name) {
    return process.getFunction(name);
  }
}
