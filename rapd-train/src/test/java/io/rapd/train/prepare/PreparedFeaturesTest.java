package io.rapd.train.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.train.RunFolder;
import io.rapd.train.data.ImageFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A teacher's features read in place of the teacher. */
class PreparedFeaturesTest extends PreparationContract {
  @Test
  void trainingFromPreparedFeaturesIsTrainingWithout() throws IOException {
    RunFolder without = train("without", teacher);
    prepare(config(teacher), true);
    Files.move(folder.resolve("teacher"), folder.resolve("gone"));
    RunFolder with = train("with", teacher, fromPrepared());
    assertThat(with.metric("repa")).hasSize(6);
    for (String name : List.of("loss", "flow", "repa", "gradientNorm")) {
      // The teacher ran on other batches.
      assertThat(with.metric(name)).as(name).containsExactly(without.metric(name), within(1e-4));
    }
  }

  @Test
  void featuresOfAnotherGridOrOfOtherImagesAreRefused() {
    prepare(config(teacher), true);
    assertThatThrownBy(() -> train("out", teacher, "denoiser.patchSize=2", fromPrepared()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a grid of 4")
        .hasMessageContaining("16 and 8");
    Path others = folder.resolve("others");
    ImageFiles.write(others, "image0", ImageFiles.png(20, 20, 0x808080), "a red square");
    assertThatThrownBy(() -> train("out", teacher, "data.location=" + others, fromPrepared()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(images.toString())
        .hasMessageContaining(others.toString());
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void featuresOfAnImageThatHasChangedSinceAreRefusedOnceItIsRead() {
    prepare(config(teacher), true);
    train("before", teacher, fromPrepared());
    ImageFiles.write(images, "image3", ImageFiles.png(37, 37, 0x808080), "a slope of grey");
    Path shard = prepared.resolve("features-00000.safetensors");
    assertThatThrownBy(() -> train("after", teacher, fromPrepared()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(images.resolve("image3.png") + " (sha256 ")
        .hasMessageContaining(") has changed since " + shard + " was prepared from it (sha256 ")
        .hasMessageEndingWith("; remove that file and run rapd prepare again");
    shard.toFile().delete();
    prepare(config(teacher), true);
    train("again", teacher, fromPrepared());
    train("text", fromPrepared()); // whose features nobody reads
  }
}
