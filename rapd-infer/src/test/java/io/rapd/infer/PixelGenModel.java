package io.rapd.infer;

import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.fixture.Fixture;
import io.rapd.dit.text.Qwen3Folder;
import java.nio.file.Path;

/** The fixture's PixelGen checkpoint, imported with a random Qwen3 of its width. */
public final class PixelGenModel {
  private static final JsonNode FIXTURE = Fixture.load("pixelgen_sampling").config();

  /** The checkpoint. */
  public static final Path CHECKPOINT = Fixture.file(FIXTURE.get("checkpoint").textValue());

  /** The height and width of its images. */
  public static final int SIDE = FIXTURE.at("/model/input_size").intValue();

  /** The width of its text states. */
  public static final int TEXT_WIDTH = FIXTURE.at("/model/txt_embed_dim").intValue();

  /** The number of its text states. */
  public static final int TEXT_TOKENS = FIXTURE.at("/model/txt_max_length").intValue();

  private PixelGenModel() {}

  /** Writes {@code text/} and {@code model/} into a folder and returns the latter. */
  public static Path write(Path folder) {
    Path text = Qwen3Folder.random(folder.resolve("text"), TEXT_WIDTH);
    PixelGenImport.run(CHECKPOINT, text, folder.resolve("model"));
    return folder.resolve("model");
  }
}
