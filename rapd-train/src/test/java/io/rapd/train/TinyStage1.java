package io.rapd.train;

import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.Provenance;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.torch.Precision;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifConfig;
import io.rapd.nif.NifFolder;
import io.rapd.train.stage1.Stage1Config;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A configuration of stage 1 that trains in seconds. */
public final class TinyStage1 {
  /** The configuration as a file; the data's location is still to be said. */
  public static final String JSON =
      """
      {
        "data": {"location": "", "train": "all", "validation": "all"},
        "nif": {
          "encoder": {"channels": 4, "blocks": 1, "residualScale": 1.0},
          "renderer":
            {"type": "cqar", "width": 16, "heads": 2, "window": 4, "blocks": 2, "expansion": 2}
        },
        "crop": {"encoderSize": 16, "maxScale": 2.0, "flip": true},
        "lpips": {"type": "none"},
        "teacher": {"type": "none"},
        "distillation":
          {"weight": 0.1, "cosineMargin": 0.5, "distanceMargin": 0.25, "positions": 256},
        "microBatchPixels": 65536,
        "validation": {"images": 2, "inputSize": 16, "targetSize": 24},
        "statisticsImages": 5,
        "optimizer": {
          "learningRate": 0.005, "finalRate": 0.001, "warmupSteps": 2, "beta1": 0.9,
          "beta2": 0.99, "epsilon": 1e-8, "weightDecay": 0.01, "clipNorm": 1.0, "averageDecay": 0.9
        },
        "loop": {
          "steps": 6, "batchSize": 3, "workers": 1, "seed": 1, "logEvery": 1, "checkpointEvery": 3,
          "keepCheckpoints": 2, "previewEvery": 2, "maxMinutes": 0.0
        }
      }
      """;

  private TinyStage1() {}

  /** The configuration on a folder of images, with overrides. */
  public static Stage1Config config(Path images, String... overrides) {
    List<String> all = new ArrayList<>(List.of("data.location=" + images));
    all.addAll(List.of(overrides));
    return ConfigFile.parse("tiny stage 1", JSON, Stage1Config.class, all);
  }

  /** Writes an untrained field as if stage 1 had trained it. */
  public static Path writeField(Path folder) {
    NifConfig nif = config(folder).nif();
    try (NDManager manager = NDManager.newBaseManager()) {
      NeuralImageField field = new NeuralImageField(nif, Precision.FLOAT32);
      field.initialize(manager, 5);
      LatentStatistics statistics =
          new LatentStatistics(List.of(0.1, 0.0, -0.2, 0.3), List.of(0.5, 0.6, 0.4, 0.5));
      NifFolder.write(
          folder,
          new NifFolder.Description(nif, statistics, Provenance.of("none", 5, 0)),
          field.values());
    }
    return folder;
  }
}
