package io.rapd.train.prepare;

import static io.rapd.core.text.Messages.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.SafetensorsFile;
import io.rapd.core.checkpoint.TensorType;
import io.rapd.core.torch.Precision;
import io.rapd.dit.text.TextEncoder;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NifFolder;
import io.rapd.nif.teacher.SemanticTeacher;
import io.rapd.nif.teacher.TeacherFolder;
import io.rapd.train.CapturedStreams;
import io.rapd.train.RunFolder;
import io.rapd.train.ThreadRanks;
import io.rapd.train.TinyImages;
import io.rapd.train.TinyStage1;
import io.rapd.train.TinyStage2;
import io.rapd.train.data.ImageFiles;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.Share;
import io.rapd.train.data.UnusableSamples;
import io.rapd.train.stage2.Stage2Config;
import io.rapd.train.stage2.Stage2Training;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ten captions, the empty prompt and one that no image has; six images. */
class PreparationTest {
  private static final int TEXTS = 12;

  @RegisterExtension final CapturedStreams streams = new CapturedStreams();
  @TempDir Path folder;
  private Path images;
  private Path field;
  private Path prepared;
  private String teacher = "";

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

  private Stage2Config config(String... overrides) {
    return TinyStage2.config(images, field, overrides);
  }

  private static void prepare(
      Path out, Stage2Config config, boolean features, TensorType type, int batch, int shard) {
    prepare(new Preparation(out, type, batch, shard), config, features, false);
  }

  private static void prepare(
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

  private void prepare(Stage2Config config, boolean features) {
    prepare(prepared, config, features, TensorType.F32, 4, 5);
  }

  private RunFolder train(String name, String... overrides) {
    Path out = folder.resolve(name);
    new Stage2Training(config(overrides), Device.cpu(), Precision.FLOAT32).run(out, false);
    return new RunFolder(out);
  }

  private String fromPrepared() {
    return "prepared={\"type\": \"folder\", \"path\": \"" + prepared + "\"}";
  }

  private static Map<String, Path> shards(Path prepared, String stem) {
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
  private static Map<String, List<Number>> values(Path prepared) {
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

  @Test
  void trainingFromPreparedTextIsTrainingWithout() {
    RunFolder without = train("without");
    prepare(config(), false);
    assertThat(shards(prepared, "text").keySet())
        .containsExactly(
            "text-00000.safetensors", "text-00001.safetensors", "text-00002.safetensors");
    RunFolder with = train("with", fromPrepared());
    assertThat(with.metrics()).isEqualTo(without.metrics());
    Map<String, String> model = RunFolder.contents(with.path().resolve("model"));
    assertThat(model).isEqualTo(RunFolder.contents(without.path().resolve("model")));
    assertThat(RunFolder.contents(with.path().resolve("previews")))
        .isEqualTo(RunFolder.contents(without.path().resolve("previews")));
  }

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

  @Test
  void thereMayBeMoreThan99999Shards() throws IOException {
    prepare(config(), false);
    Map<String, List<Number>> whole = values(prepared);
    Path last = prepared.resolve("text-00002.safetensors");
    Files.move(last, prepared.resolve("text-99999.safetensors"));
    Files.delete(prepared.resolve("text-00000.safetensors"));
    prepare(config(), false);
    assertThat(shards(prepared, "text").keySet())
        .containsExactly(
            "text-00001.safetensors", "text-100000.safetensors", "text-99999.safetensors");
    assertThat(values(prepared)).isEqualTo(whole);
    try (ShardSet set = ShardSet.open(prepared, "text")) {
      assertThat(set.next()).isEqualTo(100_001);
      assertThat(set.size()).isEqualTo(TEXTS);
    }
  }

  @Test
  void anIndexOfManyNamesFindsEach() {
    NameIndex index = new NameIndex();
    for (int i = 0; i < 10_000; i++) {
      index.put(ShardSet.name("states", "text " + i), i % 7);
      index.put(ShardSet.name("states", "text " + i), i % 7 + 1);
    }
    assertThat(index.size()).isEqualTo(10_000);
    for (int i = 0; i < 10_000; i++) {
      assertThat(index.shard(ShardSet.name("states", "text " + i))).isEqualTo(i % 7 + 1);
    }
    assertThat(index.shard(ShardSet.name("states", "another"))).isEqualTo(NameIndex.ABSENT);
    assertThatThrownBy(() -> index.shard("weights.bias"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("weights.bias");
  }

  @ParameterizedTest
  @CsvSource({"F16, 1e-3", "BF16, 1e-2"})
  void halfTheRoomIsCloseEnough(TensorType type, double tolerance) {
    RunFolder without = train("without", "loop.steps=2", "loop.previewEvery=0");
    prepare(prepared, config(), false, type, 4, 100);
    RunFolder with = train("with", "loop.steps=2", "loop.previewEvery=0", fromPrepared());
    assertThat(with.metric("loss")).containsExactly(without.metric("loss"), within(tolerance));
    Path shard = shards(prepared, "text").get("text-00000.safetensors");
    assertThat(shard.toFile().length()).isBetween(TEXTS * 8 * 384 * 2L, TEXTS * 8 * 384 * 3L);
  }

  private void storeFeatures(
      Path out, ImageTextSource source, CountingTeacher teacher, int shard, NDManager manager) {
    new PreparedImages(
            new ShardWriter(out, 2, shard, Share.ALL),
            TensorType.F32,
            source,
            UnusableSamples.REFUSED)
        .storeFeatures(teacher, config().toPrepare(true, false), manager);
  }

  private void prepareWithStubs(Path out, CountingEncoder encoder, CountingTeacher teacher) {
    try (NDManager manager = NDManager.newBaseManager()) {
      ImageTextSource source = config().data().openTrain(true);
      new Preparation(out, TensorType.F32, 2, 5)
          .storeStates(source, List.of("more", "red"), encoder, manager, UnusableSamples.REFUSED);
      storeFeatures(out, source, teacher, 5, manager);
    }
  }

  @Test
  void interruptedPreparationGoesOnWhereItStopped() throws IOException {
    Files.createDirectories(prepared);
    prepareWithStubs(prepared, new CountingEncoder(), new CountingTeacher());
    Map<String, List<Number>> whole = values(prepared);
    assertThat(whole).hasSize(TEXTS + 6);
    Path parts = Files.createDirectories(folder.resolve("parts"));
    CountingEncoder interrupted = new CountingEncoder();
    interrupted.last = 4; // in the middle of the second shard
    assertThatThrownBy(() -> prepareWithStubs(parts, interrupted, new CountingTeacher()))
        .hasMessage("interrupted");
    assertThat(RunFolder.contents(parts).keySet()).containsExactly("text-00000.safetensors");
    streams.errors();
    CountingEncoder rest = new CountingEncoder();
    prepareWithStubs(parts, rest, new CountingTeacher());
    assertThat(rest.prompts).hasSize(TEXTS - 5);
    assertThat(values(parts)).isEqualTo(whole);
    assertThat(streams.errors())
        .extracting(line -> line.replaceFirst("  ETA .*", ""))
        .containsExactly(
            "text on cpu  sample 5/6  10 done",
            "text on cpu  sample 6/6  12 done",
            "features on cpu  sample 5/6  5 done",
            "features on cpu  sample 6/6  6 done");
  }

  @ParameterizedTest
  @CsvSource({"text-00002", "text-00000", "text-00001", "features-00001", "features-00000"})
  void aShardThatIsGoneIsPreparedAgainAndNoOther(String lost) throws IOException {
    Files.createDirectories(prepared);
    prepareWithStubs(prepared, new CountingEncoder(), new CountingTeacher());
    Map<String, List<Number>> whole = values(prepared);
    Files.delete(prepared.resolve(lost + ".safetensors"));
    Map<String, String> kept = RunFolder.contents(prepared);
    prepareWithStubs(prepared, new CountingEncoder(), new CountingTeacher());
    assertThat(values(prepared)).isEqualTo(whole);
    assertThat(RunFolder.contents(prepared)).hasSize(kept.size() + 1).containsAllEntriesOf(kept);
  }

  @Test
  void whatIsThereIsNotComputedAgain() {
    prepare(config(), false);
    Map<String, String> before = RunFolder.contents(prepared);
    CountingEncoder encoder = new CountingEncoder();
    try (NDManager manager = NDManager.newBaseManager()) {
      new Preparation(prepared, TensorType.F32, 4, 5)
          .storeStates(
              config().data().openTrain(true),
              List.of("new"),
              encoder,
              manager,
              UnusableSamples.REFUSED);
    }
    assertThat(encoder.prompts).containsExactly("new");
    assertThat(RunFolder.contents(prepared))
        .hasSize(before.size() + 1)
        .containsAllEntriesOf(before);
  }

  @Test
  void everyDistinctPromptRunsOnceAndLeavesNoArraysBehind() throws IOException {
    Files.createDirectories(prepared);
    ImageTextSource source = config().data().openTrain(true);
    try (NDManager manager = NDManager.newBaseManager()) {
      CountingEncoder encoder = new CountingEncoder();
      Preparation preparation = new Preparation(prepared, TensorType.F32, 2, 4);
      preparation.storeStates(
          source, List.of("red", "more"), encoder, manager, UnusableSamples.REFUSED);
      assertThat(encoder.prompts)
          .hasSize(TEXTS)
          .doesNotHaveDuplicates()
          .contains("", "red", "more", "a red square", "rings", "chequered violet");
      // The first batch of each shard finds an empty manager, the second what the first stored.
      assertThat(encoder.arrays).hasSize(6);
      for (int shard = 0; shard < 3; shard++) {
        assertThat(encoder.arrays.get(2 * shard)).isEqualTo(encoder.arrays.get(0));
        assertThat(encoder.arrays.get(2 * shard + 1)).isEqualTo(encoder.arrays.get(1));
      }
      CountingTeacher teacher = new CountingTeacher();
      storeFeatures(prepared, source, teacher, 4, manager);
      assertThat(teacher.arrays).hasSize(3);
      assertThat(teacher.arrays.get(2)).isEqualTo(teacher.arrays.get(0));
      assertThat(manager.getManagedArrays()).isEmpty();
    }
  }

  @Test
  void readingLeavesNoArraysBehind() {
    prepare(config(), false);
    try (NDManager manager = NDManager.newBaseManager();
        PreparedFolder read = PreparedFolder.open(prepared)) {
      for (int i = 0; i < 3; i++) {
        try (NDArray states = read.encode(List.of("rings", "", "rings"), manager)) {
          assertThat(manager.getManagedArrays()).hasSize(1);
          assertThat(states.getShape()).isEqualTo(new Shape(3, 8, 384));
          float[] values = states.toFloatArray();
          assertThat(Arrays.copyOf(values, 8 * 384))
              .isEqualTo(Arrays.copyOfRange(values, 2 * 8 * 384, 3 * 8 * 384));
        }
        assertThat(manager.getManagedArrays()).isEmpty();
      }
    }
  }

  @Test
  void anotherConfigurationIsRefused() {
    prepare(config(), false);
    Map<String, String> before = RunFolder.contents(prepared);
    Stage2Config longer = config("text.maxTokens=9", "denoiser.textTokens=9");
    assertThatThrownBy(() -> prepare(longer, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(prepared.resolve("config.json").toString())
        .hasMessageContaining("text.maxTokens is 8 there and 9 here");
    assertThatThrownBy(() -> prepare(config(teacher), true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("teacher.type is \"none\" there and \"dinov2\" here");
    assertThat(RunFolder.contents(prepared)).isEqualTo(before);
    assertThatThrownBy(
            () -> train("out", "text.maxTokens=9", "denoiser.textTokens=9", fromPrepared()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(prepared.toString())
        .hasMessageContaining("maxTokens=8")
        .hasMessageContaining("maxTokens=9");
    assertThat(folder.resolve("out")).doesNotExist();
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

  @Test
  void unreadableSamplesAreLeftOutAndListed() throws IOException {
    byte[] png = ImageFiles.png(30, 30, 0x808080);
    ImageFiles.write(images, "truncated", Arrays.copyOf(png, png.length / 2), "a grey square");
    ImageFiles.write(images, "blank", png, " ");
    prepare(config(teacher), true);
    assertThat(Files.readAllLines(prepared.resolve("skipped.jsonl")))
        .hasSize(2)
        .anyMatch(line -> line.startsWith("{\"sample\":\"blank\",\"reason\":"))
        .anyMatch(line -> line.startsWith("{\"sample\":\"truncated\",\"reason\":"));
    RunFolder run = train("run", teacher, fromPrepared(), "loop.steps=8");
    assertThat(run.metric("repa")).hasSize(8);
    assertThatThrownBy(() -> prepare(config(teacher, "data.maxUnreadable=0"), true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 of 8 samples cannot be read");
  }

  @Test
  void aPromptThatWasNotPreparedIsNamed() {
    prepare(config(), false);
    assertThatThrownBy(() -> train("out", "preview.prompts=[\"a new idea\"]", fromPrepared()))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            prepared
                + ": no text shard holds \"a new idea\"; run rapd prepare again with this"
                + " configuration");
    assertThat(folder.resolve("out")).doesNotExist();
    ImageFiles.write(images, "image9", ImageFiles.png(20, 20, 0), "a late arrival");
    assertThatThrownBy(() -> train("out", fromPrepared()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("no text shard holds \"a late arrival\"");
  }

  @Test
  void aDamagedShardIsNamed() throws IOException {
    prepare(config(), false);
    Path shard = shards(prepared, "text").get("text-00001.safetensors");
    try (FileChannel channel = FileChannel.open(shard, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() - 1);
    }
    Map<String, String> before = RunFolder.contents(prepared);
    assertThatThrownBy(() -> train("out", fromPrepared()))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(shard.toString());
    assertThatThrownBy(() -> prepare(config(), false))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(shard.toString());
    assertThat(RunFolder.contents(prepared)).isEqualTo(before);
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void foldersThatAreNoneAreNamed() throws IOException {
    assertThatThrownBy(() -> train("out", fromPrepared()))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(prepared + ": has no config.json; expected a folder of rapd prepare");
    Files.writeString(prepared, "a file");
    assertThatThrownBy(() -> prepare(config(), false))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith(prepared + ": cannot be written");
    assertThat(prepared).hasContent("a file");
    assertThatThrownBy(() -> new Preparation(prepared, TensorType.F32, 0, 3))
        .hasMessage("--batch (0) and --shard (3) must be positive");
    assertThatThrownBy(() -> new Preparation(prepared, TensorType.I64, 1, 3))
        .hasMessageContaining("F32, F16 or BF16, got I64");
  }

  /** States of the prompts' hashes; counts the arrays that each call finds. */
  private static final class CountingEncoder implements TextEncoder {
    int last = Integer.MAX_VALUE;
    final List<String> prompts = new ArrayList<>();
    final List<Integer> arrays = new ArrayList<>();

    @Override
    public int width() {
      return 3;
    }

    @Override
    public int maxTokens() {
      return 2;
    }

    @Override
    public String provenance() {
      return "counting";
    }

    @Override
    public NDArray encode(List<String> batch, NDManager manager) {
      arrays.add(manager.getParentManager().getManagedArrays().size());
      prompts.addAll(batch);
      if (arrays.size() == last) {
        throw new IllegalStateException("interrupted");
      }
      float[] states = new float[batch.size() * 6];
      for (int i = 0; i < states.length; i++) {
        states[i] = batch.get(i / 6).hashCode() + i % 6;
      }
      return manager.create(states, new Shape(batch.size(), 2, 3));
    }

    @Override
    public void close() {}
  }

  /** Features of the images' own values; counts the arrays that each call finds. */
  private static final class CountingTeacher implements SemanticTeacher {
    final List<Integer> arrays = new ArrayList<>();

    @Override
    public int width() {
      return 5;
    }

    @Override
    public int patchSize() {
      return 4;
    }

    @Override
    public String name() {
      return "counting";
    }

    @Override
    public NDArray patchTokens(NDArray images) {
      arrays.add(images.getManager().getParentManager().getManagedArrays().size());
      Shape shape = images.getShape();
      long patches = shape.get(2) / 4 * (shape.get(3) / 4);
      return images.reshape(shape.get(0), -1).get(":, :" + 5 * patches).reshape(-1, patches, 5);
    }

    @Override
    public void close() {}
  }
}
