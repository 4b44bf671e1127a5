package io.rapd.train.prepare;

import static io.rapd.core.config.Check.check;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.AtomicFile;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.torch.Precision;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.NifFolder;
import io.rapd.nif.teacher.SemanticTeacher;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.UnusableSamples;
import io.rapd.train.loop.ConfigDifference;
import io.rapd.train.loop.FolderLock;
import io.rapd.train.loop.Ranks;
import io.rapd.train.loop.SkippedSamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs the frozen networks over a data set and stores their outputs, one shard at a time. Several
 * processes divide them.
 */
public final class Preparation {
  private final Path out;
  private final TensorType type;
  private final ShardWriter writer;
  private final Ranks ranks;

  public Preparation(Path out, TensorType type, int batchSize, int shardSize) {
    this(out, type, batchSize, shardSize, Ranks.alone());
  }

  /**
   * A preparation by this and other processes.
   *
   * @param type of stored values: F32 keeps them exact, F16 and BF16 take half the space
   * @param batchSize prompts or images per batch
   * @param shardSize prompts or images per shard
   */
  public Preparation(Path out, TensorType type, int batchSize, int shardSize, Ranks ranks) {
    check(
        type == TensorType.F32 || type == TensorType.BF16 || type == TensorType.F16,
        "prepared values are stored as F32, F16 or BF16, got %s",
        type);
    check(
        batchSize > 0 && shardSize > 0,
        "--batch (%d) and --shard (%d) must be positive",
        batchSize,
        shardSize);
    this.out = out;
    this.type = type;
    this.ranks = ranks;
    writer = new ShardWriter(out, batchSize, shardSize, ranks.share());
  }

  /**
   * Stores what the folder does not hold yet.
   *
   * @param encoder of the input's text configuration
   * @param field that encodes latents; empty where the input wants none
   * @param precision in which the teacher computes
   * @throws IllegalArgumentException where the folder cannot be written or was prepared for other
   *     networks
   */
  public void run(
      PreparationInput input,
      TextEncoder encoder,
      Optional<NifFolder> field,
      Precision precision,
      NDManager manager) {
    ImageTextSource source = input.source();
    Optional<SemanticTeacher> teacher =
        ranks.together(() -> input.teacher().load(precision, manager));
    PreparedDescription description =
        new PreparedDescription(
            source.description(),
            input.text(),
            encoder.provenance(),
            encoder.width(),
            input.teacher(),
            teacher.map(SemanticTeacher::name).orElse(""),
            teacher.map(SemanticTeacher::width).orElse(0),
            input.imageSize(),
            input.gridSize(),
            field
                .map(
                    of ->
                        new LatentDescription(
                            FieldDigest.of(of), input.imageSize(), input.resize()))
                .orElse(LatentDescription.NONE));
    Optional<FolderLock> lock =
        ranks.together(() -> ranks.isFirst() ? Optional.of(begin(description)) : Optional.empty());
    try {
      ranks.apart(
          () -> {
            SkippedSamples skipped =
                SkippedSamples.open(
                    out, input.maxUnreadable(), source::size, ranks.share().index());
            storeStates(source, input.prompts(), encoder, manager, skipped);
            PreparedImages images = new PreparedImages(writer, type, source, skipped);
            teacher.ifPresent(of -> images.storeFeatures(of, input, manager));
            field.ifPresent(of -> images.storeLatents(of, input, manager));
            skipped.report();
            return out;
          });
    } finally {
      lock.ifPresent(FolderLock::close);
    }
  }

  private FolderLock begin(PreparedDescription description) {
    describe(description);
    return FolderLock.of(out);
  }

  private void describe(PreparedDescription description) {
    Path config = out.resolve("config.json");
    if (Files.exists(config)) {
      List<ConfigDifference> differences = ConfigDifference.between(config, description);
      check(
          differences.isEmpty(),
          "%s: was prepared otherwise: %s; choose another folder, or remove it",
          config,
          ConfigDifference.shown(differences));
      return;
    }
    try {
      Files.createDirectories(out);
    } catch (IOException e) {
      throw new CheckpointException(out + ": cannot be written: " + e, e);
    }
    AtomicFile.write(config, ConfigFile.write(description));
  }

  /** Stores the states of all captions, the given prompts and the empty prompt. */
  void storeStates(
      ImageTextSource source,
      List<String> prompts,
      TextEncoder encoder,
      NDManager manager,
      UnusableSamples unusable) {
    List<String> first = new ArrayList<>(prompts);
    first.add("");
    writer.store(
        PreparedFolder.TEXT,
        PreparedFolder.STATES,
        first,
        source.size(),
        (sample, wanted) -> {
          try {
            source.captions(sample).forEach(wanted);
          } catch (IllegalArgumentException e) {
            unusable.add(source.key(sample), e);
          }
        },
        manager,
        (batch, scope, results, shard) -> {
          List<String> texts = batch.stream().map(ShardWriter.Text::text).toList();
          NDArray states = encoder.encode(texts, results);
          for (int b = 0; b < texts.size(); b++) {
            shard.add(ShardSet.name(PreparedFolder.STATES, texts.get(b)), states.get(b), type);
          }
        });
  }
}
