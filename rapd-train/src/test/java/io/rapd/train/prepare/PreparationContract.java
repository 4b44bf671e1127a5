package io.rapd.train.prepare;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.SafetensorsFile;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.torch.Precision;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.teacher.TeacherFolder;
import io.rapd.train.CapturedStreams;
import io.rapd.train.RunFolder;
import io.rapd.train.TinyImages;
import io.rapd.train.TinyStage1;
import io.rapd.train.TinyStage2;
import io.rapd.train.stage2.Stage2Config;
import io.rapd.train.stage2.Stage2Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Ten captions, the empty prompt and one that no image has; six images. */
abstract class PreparationContract {
  static final int TEXTS = 12;

  @RegisterExtension final CapturedStreams streams = new CapturedStreams();
  @TempDir Path folder;
  Path images;
  Path field;
  Path prepared;
  String teacher = "";

  @BeforeEach
  void write() {
    images = TinyImages.write(folder.resolve("images"));
    field = TinyStage1.writeField(folder.resolve("field"));
    prepared = folder.resolve("prepared");
    Path path = folder.resolve("teacher");
    try (NDManager manager = NDManager.newBaseManager()) {
      TeacherFolder kind = TeacherFolder.DINOV2;
      kind.write(path, kind.weights(manager), TensorType.F32);
    }
    teacher =
        message(
            "teacher={\"type\": \"dinov2\", \"path\": \"%s\", \"positions\": \"original\"}", path);
  }

  Stage2Config config(String... overrides) {
    return TinyStage2.config(images, field, overrides);
  }

  static void prepare(
      Path out, Stage2Config config, boolean features, TensorType type, int batch, int shard) {
    prepare(new Preparation(out, type, batch, shard), config, features, false);
  }

  static void prepare(
      Preparation preparation, Stage2Config config, boolean features, boolean latents) {
    try (NDManager manager = NDManager.newBaseManager();
        TextEncoder encoder = config.text().open(Precision.FLOAT32, Device.cpu())) {
      preparation.run(
          config.toPrepare(features, latents),
          encoder,
          latents ? Optional.of(config.openField(manager)) : Optional.empty(),
          Precision.FLOAT32,
          manager);
    }
  }

  void prepare(Stage2Config config, boolean features) {
    prepare(prepared, config, features, TensorType.F32, 4, 5);
  }

  RunFolder train(String name, String... overrides) {
    Path out = folder.resolve(name);
    new Stage2Training(config(overrides), Device.cpu(), Precision.FLOAT32).run(out, false);
    return new RunFolder(out);
  }

  String fromPrepared() {
    return "prepared={\"type\": \"folder\", \"path\": \"" + prepared + "\"}";
  }

  static Map<String, Path> shards(Path prepared, String stem) {
    try (var files = Files.list(prepared)) {
      Map<String, Path> shards = new TreeMap<>();
      files
          .filter(file -> file.getFileName().toString().startsWith(stem + "-"))
          .forEach(file -> shards.put(file.getFileName().toString(), file));
      return shards;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Every prepared value by name. */
  static Map<String, List<Number>> values(Path prepared) {
    Map<String, List<Number>> values = new TreeMap<>();
    try (NDManager manager = NDManager.newBaseManager()) {
      for (String stem : List.of("text", "features", "latents")) {
        for (Path shard : shards(prepared, stem).values()) {
          try (var file = SafetensorsFile.open(shard)) {
            for (String name : file.names()) {
              assertThat(values.put(name, List.of(file.read(name, manager).toArray())))
                  .as("%s twice", name)
                  .isNull();
            }
          }
        }
      }
    }
    return values;
  }
}
