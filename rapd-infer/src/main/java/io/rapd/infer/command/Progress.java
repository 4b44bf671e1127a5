package io.rapd.infer.command;

import java.io.PrintWriter;
import picocli.CommandLine.Help.Ansi;

/** One line on a terminal's standard error that counts; silent elsewhere. */
final class Progress {
  private final PrintWriter err;
  private final boolean shown;
  private int width;

  Progress(PrintWriter err) {
    this.err = err;
    this.shown = Ansi.AUTO.enabled(); // whether this is a terminal
  }

  /** Shows {@code what done/all}; clears the line when all is done. Always goes on. */
  boolean show(String what, int done, int all) {
    if (shown) {
      String line = done < all ? "%s %d/%d".formatted(what, done, all) : "";
      err.print("\r" + line + " ".repeat(Math.max(0, width - line.length())) + "\r" + line);
      err.flush();
      width = line.length();
    }
    return true;
  }
}
