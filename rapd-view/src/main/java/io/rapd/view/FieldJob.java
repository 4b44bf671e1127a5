package io.rapd.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A field in the making: its place in the queue, its progress and its outcome. */
final class FieldJob {
  /** A page asks for the state of its jobs about twice a second, or once a minute if hidden. */
  private static final long LEASE = Duration.ofMinutes(2).toNanos();

  /** The life of a job. */
  enum State {
    WAITING,
    RUNNING,
    DONE,
    FAILED,
    CANCELLED
  }

  /**
   * What the page is told.
   *
   * @param position fields to be made before this one; 0 for the one that runs
   * @param step solver steps taken
   * @param steps of all; 0 while unknown
   * @param preview step of the newest preview image; 0 if there is none
   * @param warnings what the model ignores of the prompt
   * @param field id of the finished field
   * @param error why it failed
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Report(
      String id,
      String state,
      FieldOrigin origin,
      int position,
      int step,
      int steps,
      int preview,
      List<String> warnings,
      @Nullable String field,
      @Nullable String error) {}

  private final String id;
  private final FieldOrigin origin;
  private State state = State.WAITING;
  private long seen = System.nanoTime();
  private int step;
  private int steps;
  private int previewStep;
  private byte @Nullable [] preview;
  private List<String> warnings = List.of();
  private @Nullable String field;
  private @Nullable String error;

  FieldJob(String id, FieldOrigin origin) {
    this.id = id;
    this.origin = origin;
  }

  String id() {
    return id;
  }

  FieldOrigin origin() {
    return origin;
  }

  /** The page that wants this job still exists. */
  synchronized void touch() {
    seen = System.nanoTime();
  }

  synchronized State state() {
    return state;
  }

  synchronized boolean ended() {
    return state == State.DONE || state == State.FAILED || state == State.CANCELLED;
  }

  /** Whether to go on; drops a job that no page has asked about for two minutes. */
  synchronized boolean wanted() {
    if (!ended() && System.nanoTime() - seen > LEASE) {
      state = State.CANCELLED;
    }
    return !ended();
  }

  synchronized void cancel() {
    if (!ended()) {
      state = State.CANCELLED;
    }
  }

  synchronized void start(List<String> ignored) {
    state = State.RUNNING;
    warnings = List.copyOf(ignored);
  }

  synchronized void progress(int done, int all) {
    step = done;
    steps = all;
  }

  synchronized void preview(int at, byte[] png) {
    previewStep = at;
    preview = png;
  }

  synchronized byte[] preview() {
    if (preview == null) {
      throw new Refusal(404, "there is no preview yet");
    }
    return preview;
  }

  /** Ends the job with a field; false if it was cancelled before. */
  synchronized boolean complete(String made) {
    if (ended()) {
      return false;
    }
    state = State.DONE;
    field = made;
    return true;
  }

  synchronized void fail(String reason) {
    if (!ended()) {
      state = State.FAILED;
      error = reason;
    }
  }

  synchronized Report report(int position) {
    return new Report(
        id,
        state.name().toLowerCase(java.util.Locale.ROOT),
        origin,
        position,
        step,
        steps,
        previewStep,
        warnings,
        field,
        error);
  }
}
