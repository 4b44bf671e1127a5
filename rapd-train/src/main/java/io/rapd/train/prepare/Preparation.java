package io.rapd.train.prepare;

import static io.rapd.core.config.Check.check;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.AtomicFile;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.Fingerprint;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.config.ConfigFile;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.Precision;
import io.rapd.dit.text.TextEncoder;
import io.rapd.dit.text.TextEncoderConfig;
import io.rapd.nif.teacher.SemanticTeacher;
import io.rapd.nif.teacher.TeacherConfig;
import io.rapd.train.data.CentreSquare;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.UnusableSamples;
import io.rapd.train.data.WatchedSource;
import io.rapd.train.loop.ConfigDifference;
import io.rapd.train.loop.FolderLock;
import io.rapd.train.loop.SkippedSamples;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;

/** Runs the frozen networks over a data set and stores their outputs, one shard at a time. */
public final class Preparation {
  private final Path out;
  private final TensorType type;
  private final ShardWriter writer;

  /**
   * @param type of stored states and features: F32 keeps them exact, F16 and BF16 take half the
   *     space
   * @param batchSize prompts or images per batch
   * @param shardSize prompts or images per shard
   */
  public Preparation(Path out, TensorType type, int batchSize, int shardSize) {
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
    writer = new ShardWriter(out, batchSize, shardSize);
  }

  /**
   * Stores what the folder does not hold yet.
   *
   * @param teacher whose features to store; {@code none} for none
   * @param maxUnreadable share of samples that may be unreadable; they are left out and listed in
   *     {@code skipped.jsonl}
   * @param prompts besides the captions and the empty prompt, such as those of previews
   * @param imageSize side of the teacher's input in pixels
   * @param gridSize features along one side
   * @throws IllegalArgumentException where the folder cannot be written or was prepared for other
   *     networks
   */
  public void run(
      ImageTextSource source,
      double maxUnreadable,
      TextEncoderConfig text,
      TeacherConfig teacher,
      List<String> prompts,
      int imageSize,
      int gridSize,
      Precision precision,
      Device device) {
    try (NDManager manager = NativeRuntime.newManager(device);
        TextEncoder encoder = text.open(precision, device)) {
      Optional<SemanticTeacher> features = teacher.load(precision, manager);
      describe(
          new PreparedDescription(
              source.description(),
              text,
              encoder.provenance(),
              encoder.width(),
              teacher,
              features.map(SemanticTeacher::name).orElse(""),
              features.map(SemanticTeacher::width).orElse(0),
              imageSize,
              gridSize));
      try (FolderLock lock = FolderLock.of(out)) {
        SkippedSamples skipped = SkippedSamples.open(out, maxUnreadable, source::size);
        storeStates(source, prompts, encoder, manager, skipped);
        features.ifPresent(of -> storeFeatures(source, of, imageSize, gridSize, manager, skipped));
        skipped.report();
      }
    }
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
    TreeSet<String> wanted = new TreeSet<>(prompts);
    wanted.add("");
    for (int i = 0; i < source.size(); i++) {
      try {
        wanted.addAll(source.captions(i));
      } catch (IllegalArgumentException e) {
        unusable.add(source.key(i), e);
      }
    }
    writer.store(
        PreparedFolder.TEXT,
        PreparedFolder.STATES,
        List.copyOf(wanted),
        manager,
        (batch, scope, results, shard) -> {
          NDArray states = encoder.encode(batch, results);
          for (int b = 0; b < batch.size(); b++) {
            String prompt = batch.get(b);
            shard.add(ShardSet.name(PreparedFolder.STATES, prompt), states.get(b), type);
          }
        });
  }

  /** Stores the features of all images. */
  void storeFeatures(
      ImageTextSource source,
      SemanticTeacher teacher,
      int imageSize,
      int gridSize,
      NDManager manager,
      UnusableSamples unusable) {
    Map<String, String> contents = new HashMap<>();
    ImageCache cache =
        new ImageCache(
            new WatchedSource(
                source, read -> contents.put(read.key(), Fingerprint.of(read.image()))),
            0,
            new CentreSquare(imageSize));
    Map<String, Integer> indices = new LinkedHashMap<>();
    for (int i = 0; i < source.size(); i++) {
      indices.put(source.key(i), i);
    }
    writer.store(
        PreparedFolder.FEATURES,
        PreparedFolder.FEATURES,
        List.copyOf(indices.keySet()),
        manager,
        (batch, scope, results, shard) -> {
          Map<String, RgbImage> images = new LinkedHashMap<>();
          for (String key : batch) {
            try {
              images.put(key, cache.image(Objects.requireNonNull(indices.get(key))));
            } catch (IllegalArgumentException e) {
              unusable.add(key, e);
            }
          }
          if (images.isEmpty()) {
            return;
          }
          NDArray features =
              teacher.patchTokens(
                  ImageTensors.stack(List.copyOf(images.values()), scope), gridSize, gridSize);
          features.attach(results);
          int row = 0;
          for (String key : images.keySet()) {
            String name = ShardSet.name(PreparedFolder.FEATURES, key);
            shard.add(name, features.get(row++), type);
            shard.metadata(name, Objects.requireNonNull(contents.get(key)));
          }
          contents.clear();
        });
  }
}
