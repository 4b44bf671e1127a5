package io.rapd.core.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes TorchScript files that stand for a user's network; for tests of all modules. */
public final class TorchScriptFile {
  private TorchScriptFile() {}

  /**
   * Writes a module without weights.
   *
   * @param methods the methods, not indented: {@code def forward(self, x: Tensor) -> Tensor:}
   */
  public static Path write(Path file, String methods) throws IOException {
    return Files.write(file, TorchScriptArchive.pack("Network", methods));
  }
}
