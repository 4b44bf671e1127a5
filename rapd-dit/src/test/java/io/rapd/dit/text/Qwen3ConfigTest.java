package io.rapd.dit.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Qwen3ConfigTest {
  /** The published file of Qwen3-1.7B, without the fields that nothing here reads. */
  private static final String PUBLISHED =
      """
      {"architectures": ["Qwen3ForCausalLM"], "attention_bias": false, "head_dim": 128,
       "hidden_act": "silu", "hidden_size": 2048, "intermediate_size": 6144,
       "max_position_embeddings": 40960, "model_type": "qwen3", "num_attention_heads": 16,
       "num_hidden_layers": 28, "num_key_value_heads": 8, "rms_norm_eps": 1e-06,
       "rope_scaling": null, "rope_theta": 1000000, "sliding_window": null,
       "tie_word_embeddings": true, "torch_dtype": "bfloat16", "use_sliding_window": false,
       "vocab_size": 151936}
      """;

  @TempDir Path folder;

  @Test
  void publishedFileIsRead() throws IOException {
    assertThat(Qwen3Config.read(write(PUBLISHED)))
        .isEqualTo(new Qwen3Config(151936, 2048, 28, 16, 8, 128, 6144, 40960, 1_000_000, 1e-6));
  }

  @Test
  void newerSpellingOfTheRotaryBaseIsRead() throws IOException {
    String newer =
        PUBLISHED.replace(
            "\"rope_theta\": 1000000",
            "\"rope_parameters\": {\"rope_theta\": 5000, \"rope_type\": \"default\"}");
    assertThat(Qwen3Config.read(write(newer)).ropeTheta()).isEqualTo(5000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"model_type\": \"qwen3\"|\"model_type\": \"llama\"|model_type must be qwen3, got llama",
        "\"model_type\": \"qwen3\",||model_type must be qwen3, got nothing",
        "\"silu\"|\"gelu\"|hidden_act must be silu, got gelu",
        "\"attention_bias\": false|\"attention_bias\": true|attention_bias must be false",
        "\"use_sliding_window\": false|\"use_sliding_window\": true|use_sliding_window must be",
        "\"rope_scaling\": null|\"rope_scaling\": {\"type\": \"yarn\"}|rope_scaling must be null",
        "\"head_dim\": 128,||head_dim must be an integer, got nothing",
        "\"head_dim\": 128|\"head_dim\": 127|head_dim must be even",
        "\"head_dim\": 128|\"head_dim\": \"128\"|head_dim must be an integer, got \"128\"",
        "\"vocab_size\": 151936|\"vocab_size\": 1e30|vocab_size must be an integer",
        "\"num_key_value_heads\": 8|\"num_key_value_heads\": 5|num_attention_heads (16) must be",
        "\"num_hidden_layers\": 28|\"num_hidden_layers\": 0|num_hidden_layers must be 1 to 1000, got 0",
        "1e-06|-1|rms_norm_eps must be between",
        "{\"arch|{arch|must be JSON",
      })
  void otherNetworksAndDamagedFilesAreRefusedByField(String before, String after, String message)
      throws IOException {
    assertThat(PUBLISHED).contains(before);
    Path file = write(PUBLISHED.replace(before, after == null ? "" : after));
    assertThatThrownBy(() -> Qwen3Config.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining(message);
  }

  @Test
  void missingFileIsNamed() {
    assertThatThrownBy(() -> Qwen3Config.read(folder.resolve("none.json")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("none.json: no such file");
  }

  private Path write(String json) throws IOException {
    return Files.writeString(folder.resolve("config.json"), json);
  }
}
