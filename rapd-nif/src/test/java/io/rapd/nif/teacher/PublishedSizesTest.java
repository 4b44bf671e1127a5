package io.rapd.nif.teacher;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.core.torch.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The configurations that the publishers ship build networks of the sizes that they state. */
class PublishedSizesTest {
  @TempDir Path folder;

  /** Parameter counts of the original repository's models, which hold a mask token as well. */
  @ParameterizedTest
  @CsvSource({
    "dinov2, 384, 6, 12, 22056576",
    "dinov2, 768, 12, 12, 86580480",
    "dinov2, 1024, 16, 24, 304368640",
    "dinov2_with_registers, 768, 12, 12, 86583552",
  })
  void dinov2(String type, int width, int heads, int layers, long parameters) throws IOException {
    String json =
        message(
            """
        {"attention_probs_dropout_prob": 0.0, "drop_path_rate": 0.0, "hidden_act": "gelu",
         "hidden_dropout_prob": 0.0, "hidden_size": %d, "image_size": 518,
         "initializer_range": 0.02, "layer_norm_eps": 1e-06, "layerscale_value": 1.0,
         "mlp_ratio": 4, "model_type": "%s", "num_attention_heads": %d, "num_channels": 3,
         "num_hidden_layers": %d, "patch_size": 14, "qkv_bias": true, "torch_dtype": "float32",
         "use_swiglu_ffn": false}
        """,
            width, type, heads, layers);
    Dinov2Config config = Dinov2Config.read(write(json));
    Dinov2 network = new Dinov2(config, PositionInterpolation.ORIGINAL, Precision.FLOAT32);
    assertThat(network.parameterCount() + width).isEqualTo(parameters);
    assertThat(config.registers()).isEqualTo(type.equals("dinov2") ? 0 : 4);
  }

  /**
   * Counts of Hugging Face's {@code CLIPVisionModel}; its base configuration is left out mostly.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'model_type': 'clip', 'vision_config': {'patch_size': 16} | 85799424",
        "'model_type': 'clip', 'vision_config': {'hidden_act': 'quick_gelu', 'hidden_size': 1024,"
            + " 'image_size': 224, 'intermediate_size': 4096, 'num_attention_heads': 16,"
            + " 'num_hidden_layers': 24, 'patch_size': 14} | 303179776",
        "'model_type': 'clip_vision_model', 'hidden_size': 768, 'patch_size': 32 | 87456000",
      })
  void clip(String fields, long parameters) throws IOException {
    ClipVisionConfig config = ClipVisionConfig.read(write("{" + fields.replace('\'', '"') + "}"));
    assertThat(config.quickGelu()).isTrue();
    assertThat(new ClipVision(config, Precision.FLOAT32).parameterCount()).isEqualTo(parameters);
  }

  private Path write(String json) throws IOException {
    return Files.writeString(folder.resolve("config.json"), json);
  }
}
