package io.rapd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Split;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EmojiNamesTest {
  @Test
  void theNamesAreTheCaptionsOfTheEmbeddedSet() throws IOException {
    ImageTextSource set = ImageTextSource.open("embedded:fluent-emoji", Split.ALL, true);
    String expected =
        IntStream.range(0, set.size())
            .mapToObj(i -> set.key(i) + "\t" + set.captions(i).get(0) + "\n")
            .sorted()
            .collect(Collectors.joining());
    try (InputStream in =
        Objects.requireNonNull(
            io.rapd.dit.Denoiser.class.getResourceAsStream("/io/rapd/dit/text/emoji-names.tsv"))) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(expected);
    }
  }
}
