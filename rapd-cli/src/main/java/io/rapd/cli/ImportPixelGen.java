package io.rapd.cli;

import io.rapd.infer.PixelGenImport;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code rapd import-pixelgen}. */
@Command(
    name = "import-pixelgen",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Turns PixelGen's published text-to-image checkpoint into a model for rapd generate.",
      "Takes the averaged weights (ema_denoiser). Records PixelGen's sampling: 25 steps of"
          + " Adams-Bashforth of order 2, guidance 4, time shift 3, noise as torch.randn draws it."
    })
final class ImportPixelGen implements Runnable {
  @Option(
      names = "--checkpoint",
      required = true,
      paramLabel = "FILE",
      description = "the checkpoint, such as PixelGen_XXL_T2I.ckpt")
  private Path checkpoint = Path.of("");

  @Option(
      names = "--text",
      required = true,
      paramLabel = "DIR",
      description =
          "folder of its text encoder, Qwen/Qwen3-1.7B for the published checkpoint; the model"
              + " records this path")
  private Path text = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "model folder to write; an older model there is replaced")
  private Path out = Path.of("");

  @Override
  public void run() {
    PixelGenImport.run(checkpoint, text, out);
    System.out.println(out);
  }
}
