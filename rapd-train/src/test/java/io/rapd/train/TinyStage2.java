package io.rapd.train;

import io.rapd.core.config.ConfigFile;
import io.rapd.train.stage2.Stage2Config;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A configuration of stage 2 that trains in seconds, on the field of {@link TinyStage1}. */
public final class TinyStage2 {
  /** The configuration as a file; data's location and the field are still to be said. */
  public static final String JSON =
      """
      {
        "data": {"location": "", "train": "all", "validation": "all"},
        "captionFirst": 0.6,
        "field": "",
        "denoiser": {
          "channels": 4, "latentSize": 16, "patchSize": 4, "width": 24, "depth": 2, "heads": 2,
          "bottleneck": 16, "mlpRatio": 2, "textBlocks": 1, "textWidth": 384, "textTokens": 8
        },
        "text": {"type": "minilm", "maxTokens": 8},
        "textCache": 100,
        "prepared": {"type": "none"},
        "flow": {
          "timeShift": 2.0, "timestepMean": 0.0, "timestepStd": 1.0,
          "parameterization": "velocity", "promptDropout": 0.1
        },
        "generator": "torch",
        "sampling": {"steps": 3, "guidance": {"scale": 4.0, "minimum": 0.0, "maximum": 1.0}},
        "teacher": {"type": "none"},
        "repa": {"weight": 0.5, "block": 1, "hidden": 20},
        "microBatch": 4,
        "preview": {"prompts": ["blue rings", "something else"], "size": 20},
        "optimizer": {
          "learningRate": 0.005, "finalRate": 0.001, "warmupSteps": 2, "beta1": 0.9,
          "beta2": 0.95, "epsilon": 1e-8, "weightDecay": 0.0, "clipNorm": 1.0, "averageDecay": 0.9
        },
        "loop": {
          "steps": 6, "batchSize": 4, "workers": 1, "seed": 1, "logEvery": 1, "checkpointEvery": 3,
          "keepCheckpoints": 2, "previewEvery": 2, "maxMinutes": 0.0
        }
      }
      """;

  private TinyStage2() {}

  /** The configuration on a folder of images and a field, with overrides. */
  public static Stage2Config config(Path images, Path field, String... overrides) {
    List<String> all = new ArrayList<>(List.of("data.location=" + images, "field=" + field));
    all.addAll(List.of(overrides));
    return ConfigFile.parse("tiny stage 2", JSON, Stage2Config.class, all);
  }
}
