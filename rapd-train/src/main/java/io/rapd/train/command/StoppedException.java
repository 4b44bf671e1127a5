package io.rapd.train.command;

import java.util.concurrent.CancellationException;

/** A run that was stopped by a signal, after it had saved its work. */
public final class StoppedException extends CancellationException {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * @param signal such as {@code SIGTERM}
   * @param saved what was saved and how to go on
   */
  public StoppedException(String signal, String saved) {
    super(signal + ": " + saved);
    status = StopSignal.status(signal);
  }

  /** The exit status of a process that the signal ends: 143 or 130. */
  public int status() {
    return status;
  }
}
