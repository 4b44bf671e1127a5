package io.rapd.cli;

import static io.rapd.core.text.Messages.message;

import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.dit.DenoiserFolder;
import io.rapd.train.loop.RunStatus;
import io.rapd.train.loop.SavedWeights;
import io.rapd.train.stage2.Stage2Config;
import io.rapd.train.stage2.Stage2Export;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The model that {@code --model} names. Of a run of stage 2 with a checkpoint newer than its model,
 * it is that checkpoint with its averaged weights, as a model in a temporary folder.
 */
final class ModelSource implements AutoCloseable {
  /** A run in progress may remove its oldest checkpoint while it is opened. */
  private static final int ATTEMPTS = 3;

  private final Path given;
  private final Path folder;
  private final @Nullable Path temporary;

  private ModelSource(Path given, Path folder, @Nullable Path temporary) {
    this.given = given;
    this.folder = folder;
    this.temporary = temporary;
  }

  /**
   * Finds the model, and says on standard error which step of a run it is.
   *
   * @param given a model's folder, or that of its training run
   */
  static ModelSource open(Path given) {
    for (int attempt = 1; SavedWeights.isAt(given); attempt++) {
      try (SavedWeights weights = SavedWeights.open(given)) {
        return weights.hasDenoiser() && weights.step() > modelStep(given)
            ? export(given, weights)
            : new ModelSource(given, given, null);
      } catch (CheckpointException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
    return new ModelSource(given, given, null);
  }

  /** The number of steps of the model that the run has written; 0 for none. */
  private static long modelStep(Path run) {
    return Files.isDirectory(TrainedModel.ofRun(run))
        ? DenoiserFolder.describe(TrainedModel.open(run).denoiser()).provenance().step()
        : 0;
  }

  private static ModelSource export(Path run, SavedWeights weights) {
    Path temporary = NativeRuntime.newProcessFolder();
    ModelSource source = new ModelSource(run, temporary.resolve("model"), temporary);
    try {
      Stage2Export.write(weights, weights.config(Stage2Config.class, List.of()), source.folder);
      System.err.println(describe(run, weights));
      return source;
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private static String describe(Path given, SavedWeights weights) {
    String step = message("%s: averaged weights of step %d", given, weights.step());
    if (!Files.isRegularFile(given.resolve("config.json")) || isCheckpoint(given)) {
      return step;
    }
    RunStatus status = RunStatus.of(given);
    return message("%s of %d, run %s", step, status.steps(), status.state());
  }

  private static boolean isCheckpoint(Path folder) {
    return Files.isRegularFile(folder.resolve("model.safetensors"));
  }

  /** What the command line named. */
  Path given() {
    return given;
  }

  /** The folder of the model. */
  Path folder() {
    return folder;
  }

  @Override
  public void close() {
    if (temporary == null) {
      return;
    }
    try (Stream<Path> files = Files.walk(temporary)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      System.err.println(temporary + ": cannot be deleted: " + e.getMessage());
    }
  }
}
