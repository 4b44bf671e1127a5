package io.rapd.train.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.torch.Precision;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NifFolder;
import io.rapd.train.RunFolder;
import io.rapd.train.ThreadRanks;
import io.rapd.train.data.ImageFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Latents read in place of images; preparation divided among ranks. */
class PreparedLatentsTest extends PreparationContract {
  private void prepareLatents(String... overrides) {
    prepare(new Preparation(prepared, TensorType.F32, 4, 4), config(overrides), false, true);
  }

  @Test
  void trainingFromPreparedLatentsIsTrainingWithoutAndReadsNoImage() throws IOException {
    byte[] small = ImageFiles.png(12, 30, 0x808080);
    ImageFiles.write(images, "small", small, "too small");
    byte[] png = ImageFiles.png(30, 30, 0x808080);
    ImageFiles.write(images, "truncated", Arrays.copyOf(png, png.length / 2), "a grey square");
    String skip = "data.resize.skipSmall=true";
    RunFolder without = train("without", skip, "loop.steps=8");
    prepareLatents(skip);
    assertThat(shards(prepared, "latents").keySet())
        .containsExactly("latents-00000.safetensors", "latents-00001.safetensors");
    for (int i = 0; i < 6; i++) {
      Files.writeString(images.resolve("image" + i + ".png"), "no image");
    }
    RunFolder with = train("with", skip, "loop.steps=8", fromPrepared());
    assertThat(with.metrics()).isEqualTo(without.metrics());
    assertThat(RunFolder.contents(with.path().resolve("model")))
        .isEqualTo(RunFolder.contents(without.path().resolve("model")));
    assertThat(Files.readString(with.path().resolve("skipped.jsonl")))
        .contains("\"truncated\"", "no latents shard holds")
        .doesNotContain("small");
  }

  @Test
  void latentsOfAnotherFieldOrSizeAreRefused() {
    prepareLatents();
    Path other = folder.resolve("other");
    try (NDManager manager = NDManager.newBaseManager()) {
      NifFolder nif = NifFolder.load(field, Precision.FLOAT32, manager);
      LatentStatistics statistics = LatentStatistics.identity(4);
      NifFolder.write(
          other,
          new NifFolder.Description(
              nif.description().nif(), statistics, nif.description().provenance()),
          nif.field().values());
    }
    assertThatThrownBy(() -> train("out", "field=" + other, fromPrepared()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(prepared + ": holds latents of the field sha256 ")
        .hasMessageContaining("but field " + other + " is sha256 ");
    assertThatThrownBy(
            () -> train("out", "field=" + other, "denoiser.latentSize=12", fromPrepared()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> config("data.resize.crop=random").toPrepare(false, true))
        .hasMessageContaining("data.resize.crop must be centre");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void ranksDivideThePreparation() {
    prepareLatents();
    Map<String, List<Number>> alone = values(prepared);
    assertThat(alone).hasSize(TEXTS + 6);
    Path divided = folder.resolve("divided");
    ThreadRanks.run(
        3,
        ranks -> {
          prepare(new Preparation(divided, TensorType.F32, 4, 4, ranks), config(), false, true);
          return ranks.count();
        });
    assertThat(values(divided)).isEqualTo(alone);
    assertThat(shards(divided, "latents")).hasSizeBetween(2, 3);
    Map<String, String> before = RunFolder.contents(divided);
    prepare(new Preparation(divided, TensorType.F32, 4, 4), config(), false, true);
    assertThat(RunFolder.contents(divided)).isEqualTo(before);
  }
}
