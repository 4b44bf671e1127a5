package io.rapd.train.command;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Listens for SIGTERM and Ctrl-C (SIGINT) while a run can still save its work. The first signal is
 * remembered; a second one ends the process at once, with the status of the signal. Commands switch
 * this on; a program that uses the library keeps its own handling.
 */
public final class StopSignal implements AutoCloseable {
  private static final Map<String, Integer> NUMBERS = Map.of("INT", 2, "TERM", 15);
  private static volatile boolean enabled;

  private final Map<Object, Object> before = new LinkedHashMap<>();
  private volatile @Nullable String received;

  private StopSignal() {}

  /** Lets {@link #listen} listen in this process. */
  public static void enable() {
    enabled = true;
  }

  /** Listens until closed, where {@link #enable} was called and the platform allows it. */
  public static StopSignal listen() {
    StopSignal stop = new StopSignal();
    if (enabled) {
      NUMBERS.keySet().forEach(stop::handle);
    }
    return stop;
  }

  /** The signal received, such as {@code SIGTERM}. */
  public Optional<String> received() {
    return Optional.ofNullable(received).map(name -> "SIG" + name);
  }

  /** The exit status of a process that a signal ends. */
  public static int status(String signal) {
    return 128 + NUMBERS.getOrDefault(signal.substring("SIG".length()), 0);
  }

  private void onSignal(String name) {
    if (received != null) {
      Runtime.getRuntime().halt(status("SIG" + name));
    }
    received = name;
    System.err.println(
        "SIG" + name + ": stopping after this step, with a checkpoint; once more to stop at once");
  }

  /** Through reflection: javac refuses {@code sun.misc.Signal}, for which there is no successor. */
  private void handle(String name) {
    try {
      Class<?> handlers = Class.forName("sun.misc.SignalHandler");
      Object signal = signals().getConstructor(String.class).newInstance(name);
      Object handler =
          Proxy.newProxyInstance(
              StopSignal.class.getClassLoader(),
              new Class<?>[] {handlers},
              (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  onSignal(name);
                }
                return null;
              });
      before.put(signal, install(signal, handler));
    } catch (ReflectiveOperationException e) {
      return; // not on this platform, or switched off by -Xrs: the JVM ends as it always does
    }
  }

  private static Class<?> signals() throws ClassNotFoundException {
    return Class.forName("sun.misc.Signal");
  }

  private static Object install(Object signal, Object handler) throws ReflectiveOperationException {
    Method handle =
        signals().getMethod("handle", signals(), Class.forName("sun.misc.SignalHandler"));
    return handle.invoke(null, signal, handler);
  }

  /** Restores the handling of before. */
  @Override
  public void close() {
    before.forEach(
        (signal, handler) -> {
          try {
            install(signal, handler);
          } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
          }
        });
    before.clear();
  }
}
