package io.rapd.train;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A training command in a process of its own, with the class path of the tests. */
public final class ChildProcess {
  private static final long PATIENCE_MINUTES = 5;

  private final Process process;
  private final List<String> errors = new ArrayList<>();
  private final Thread reader;

  private ChildProcess(Process process) {
    this.process = process;
    reader = new Thread(this::read, "child-errors");
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts the main of a command; resumes where there is something to resume. */
  public static ChildProcess train(
      Class<?> command, Path config, Path images, Path out, String... overrides)
      throws IOException {
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-Dai.djl.pytorch.graph_optimizer=false",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                System.getProperty("java.class.path"),
                command.getName(),
                "--config",
                config.toString(),
                "--out",
                out.toString(),
                "--device",
                "cpu",
                "--resume",
                "--set",
                "data.location=" + images));
    for (String override : overrides) {
      line.addAll(List.of("--set", override));
    }
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    return new ChildProcess(builder.start());
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        synchronized (errors) {
          errors.add(line);
          errors.notifyAll();
        }
      }
    } catch (IOException e) {
      return; // the process was killed
    }
  }

  /** Waits until a line of standard error holds a text, or the process has ended. */
  public void awaitError(String text) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(PATIENCE_MINUTES);
    synchronized (errors) {
      while (errors.stream().noneMatch(line -> line.contains(text))) {
        if (!process.isAlive() || System.nanoTime() > deadline) {
          throw new AssertionError("no \"" + text + "\" in " + errors);
        }
        errors.wait(100);
      }
    }
  }

  /** Sends a signal, such as {@code TERM}. */
  public void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor();
  }

  public int exitStatus() throws InterruptedException {
    return exitStatus(PATIENCE_MINUTES);
  }

  /** Waits for the end at most so long. */
  public int exitStatus(long minutes) throws InterruptedException {
    if (!process.waitFor(minutes, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new AssertionError("does not end: " + errors());
    }
    reader.join();
    return process.exitValue();
  }

  public List<String> errors() {
    synchronized (errors) {
      return List.copyOf(errors);
    }
  }
}
