package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.core.fixture.Fixture;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.dit.text.Qwen3Folder;
import io.rapd.infer.PixelGenModel;
import io.rapd.infer.RandomModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportPixelGenCommandTest {
  @TempDir private Path folder;

  private Invocation importPixelGen(Path checkpoint, Path text) {
    return Invocation.of(
        "import-pixelgen",
        "--checkpoint",
        checkpoint.toString(),
        "--text",
        text.toString(),
        "--out",
        folder.resolve("pixelgen").toString());
  }

  private Invocation generate(String... arguments) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "generate",
                "--model",
                folder.resolve("pixelgen").toString(),
                "--prompt",
                "cat",
                "--steps",
                "2",
                "--out",
                folder.resolve("images").toString()));
    all.addAll(Arrays.asList(arguments));
    return Invocation.of(all.toArray(String[]::new));
  }

  private byte[] bytes(int side) throws IOException {
    return Files.readAllBytes(folder.resolve("images/cat_seed-0_" + side + "x" + side + ".png"));
  }

  @Test
  void aCheckpointBecomesAModelThatDraws() throws IOException {
    Path text = Qwen3Folder.random(folder.resolve("text"), PixelGenModel.TEXT_WIDTH);
    Invocation done = importPixelGen(PixelGenModel.CHECKPOINT, text);
    assertThat(done.err()).isEmpty();
    assertThat(done.status()).isZero();
    assertThat(done.out()).isEqualTo(folder.resolve("pixelgen") + System.lineSeparator());

    assertThat(generate().status()).isZero(); // at its own size
    byte[] first = bytes(PixelGenModel.SIDE);
    assertThat(generate("--solver", "adams2", "--noise", "torch_randn").status()).isZero();
    assertThat(bytes(PixelGenModel.SIDE)).isEqualTo(first);
    assertThat(generate("--solver", "Heun").status()).isZero();
    assertThat(bytes(PixelGenModel.SIDE)).isNotEqualTo(first);
    assertThat(generate("--noise", "random_stream").status()).isZero();
    assertThat(bytes(PixelGenModel.SIDE)).isNotEqualTo(first);
    String side = String.valueOf(PixelGenModel.SIDE);
    RapdTest.refused(
        generate("--size", side, "--size", side + "x40"),
        "rapd generate: --size "
            + side
            + "x40: "
            + folder.resolve("pixelgen")
            + " is a pixel-space model");
    RapdTest.refused(generate("--solver", "rk4"), "Invalid value for option '--solver'");

    String field = RandomModel.field(folder.resolve("field"), 4).toString();
    assertThat(generate("--field", field, "--size", "50").status()).isZero();
    RgbImage image = new RgbImageReader().read(folder.resolve("images/cat_seed-0_50x50.png"));
    assertThat(image.width()).isEqualTo(50);
    RapdTest.refused(generate("--field", folder.resolve("text").toString()), "is no model folder");
  }

  @Test
  void badCheckpointsAndTextEncodersAreRefusedInOneLine() {
    Path wide = Qwen3Folder.random(folder.resolve("wide"), PixelGenModel.TEXT_WIDTH + 4);
    RapdTest.refused(
        importPixelGen(PixelGenModel.CHECKPOINT, wide),
        "has states of width "
            + (PixelGenModel.TEXT_WIDTH + 4)
            + ", but "
            + PixelGenModel.CHECKPOINT);
    RapdTest.refused(
        importPixelGen(Fixture.file("torch_nested.pt"), wide), "expected a checkpoint of PixelGen");
    RapdTest.refused(importPixelGen(folder.resolve("none.ckpt"), wide), "none.ckpt");
    RapdTest.refused(
        importPixelGen(Fixture.file("torch_evil.pt"), wide),
        "names posix.system, which no tensor needs: refused");
    RapdTest.refused(importPixelGen(PixelGenModel.CHECKPOINT, folder), "config.json: no such file");
    assertThat(folder.resolve("pixelgen")).doesNotExist();
  }
}
