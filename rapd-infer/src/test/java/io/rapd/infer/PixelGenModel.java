package io.rapd.infer;

import io.rapd.core.fixture.Fixture;
import io.rapd.dit.text.Qwen3Folder;
import java.nio.file.Path;

/** The fixture's PixelGen checkpoint, imported with a random Qwen3 of its width. */
public final class PixelGenModel {
  /** The checkpoint. */
  public static final Path CHECKPOINT = Fixture.file("pixelgen_tiny.ckpt");

  /** The height and width of its images. */
  public static final int SIDE = 32;

  /** The width of its text states. */
  public static final int TEXT_WIDTH = 24;

  private PixelGenModel() {}

  /** Writes {@code text/} and {@code model/} into a folder and returns the latter. */
  public static Path write(Path folder) {
    Path text = Qwen3Folder.random(folder.resolve("text"), TEXT_WIDTH);
    PixelGenImport.run(CHECKPOINT, text, folder.resolve("model"));
    return folder.resolve("model");
  }
}
