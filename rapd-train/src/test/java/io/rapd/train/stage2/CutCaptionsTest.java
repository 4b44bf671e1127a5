package io.rapd.train.stage2;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.dit.text.MiniLmTextEncoder;
import io.rapd.train.TinyImages;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CutCaptionsTest {
  @TempDir Path folder;

  @Test
  void captionsThatLoseTheirEndAreCounted() throws IOException {
    Path images = TinyImages.write(folder.resolve("images"));
    ImageTextSource source = ImageTextSource.open(images.toString(), Split.ALL, true);
    try (MiniLmTextEncoder encoder = MiniLmTextEncoder.open(8)) {
      assertThat(CutCaptions.of(source, encoder)).isEmpty();
      // Six words fit; the seventh and eighth do not. A caption of an unreadable sample is passed
      // over.
      Files.writeString(text(images, 0), "one two three four five six seven eight\none two\n");
      Files.write(text(images, 1), new byte[] {(byte) 0xff});
      int first = source.captions(0).size();
      assertThat(first).isEqualTo(2);
      assertThat(CutCaptions.of(source, encoder).orElseThrow())
          .startsWith("1 of ")
          .contains("(first " + source.size() + " samples)", "text.maxTokens (8)", "has 8 tokens");
    }
  }

  private static Path text(Path images, int number) throws IOException {
    try (var files = Files.list(images)) {
      List<Path> texts = files.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
      return texts.get(number);
    }
  }
}
