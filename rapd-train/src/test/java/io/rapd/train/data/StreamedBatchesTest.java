package io.rapd.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.rapd.core.config.ConfigFile;
import io.rapd.core.image.RgbImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class StreamedBatchesTest {
  private static final int SIDE = 6;
  private static final int BATCH = 6;

  @TempDir Path folder;

  /** Nine shards of 5 to 13 samples; image n of shard s has the colour (s, n, 0). */
  @BeforeEach
  void writeShards() throws IOException {
    for (int s = 0; s < 9; s++) {
      TarFiles tar = new TarFiles();
      for (int n = 0; n < 5 + s; n++) {
        tar.put(n + ".png", ImageFiles.png(8 + n, 9, s << 16 | n << 8))
            .put(n + ".txt", s + "/" + n + "\nalternative");
      }
      Files.createDirectories(folder.resolve("set"));
      Files.write(folder.resolve("set/" + s + ".tar"), tar.bytes());
    }
  }

  private DataConfig data(String stream, String resize) {
    return ConfigFile.parse(
        "data",
        "{\"location\": \"set\", \"train\": \"all\", \"validation\": \"all\", \"stream\": {"
            + stream
            + "}, \"resize\": {"
            + resize
            + "}}",
        DataConfig.class,
        List.of("location=" + folder.resolve("set")));
  }

  private static CaptionedImages.Settings settings(DataConfig data) {
    return new CaptionedImages.Settings(
        SIDE, data.resize(), CaptionConfig.DEFAULT, 0.7, 0.1, BATCH, 3);
  }

  private static Batches<CaptionedImages.Batch> open(
      DataConfig data, long firstStep, Optional<String> position, UnusableSamples unusable) {
    return CaptionedImages.open(
        new TrainingSamples(data, data.openTrain(true), firstStep, position, unusable),
        settings(data));
  }

  private static Batches<CaptionedImages.Batch> open(DataConfig data) {
    return open(data, 1, Optional.empty(), UnusableSamples.REFUSED);
  }

  private static TrainingSamples samples(DataConfig data, boolean captions, Share share) {
    return new TrainingSamples(
        data, data.openTrain(captions), share, 1, Optional.empty(), UnusableSamples.REFUSED);
  }

  private static <B> List<B> take(Batches<B> batches, int count) {
    List<B> taken = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      taken.add(batches.next());
    }
    return taken;
  }

  @Test
  void threadsChangeNoBatch() {
    List<CaptionedImages.Batch> expected = null;
    for (int threads : new int[] {1, 2, 7}) {
      DataConfig data = data("\"streams\": 3, \"shuffleBuffer\": 9, \"threads\": " + threads, "");
      try (Batches<CaptionedImages.Batch> batches = open(data)) {
        List<CaptionedImages.Batch> taken = take(batches, 40);
        assertThat(taken).isEqualTo(expected == null ? taken : expected);
        expected = taken;
      }
    }
  }

  @Test
  void keyImageAndCaptionBelongTogether() {
    try (Batches<CaptionedImages.Batch> batches = open(data("\"streams\": 2", ""))) {
      for (CaptionedImages.Batch batch : take(batches, 30)) {
        for (int i = 0; i < BATCH; i++) {
          byte[] rgb = batch.images().get(i).toRgbBytes();
          String name = rgb[0] + "/" + rgb[1];
          assertThat(batch.keys().get(i)).isEqualTo(name);
          assertThat(batch.captions().get(i)).isIn(name, "alternative", "");
        }
      }
    }
  }

  @Test
  void aStreamFillsItsSlotsInOrder() {
    // Streams of a batch of six and of two batches of three hold the same samples in order.
    List<List<String>> perStream = new ArrayList<>();
    for (int batchSize : new int[] {3, 6}) {
      DataConfig data = data("\"streams\": 3, \"shuffleBuffer\": 4", "");
      CaptionedImages.Settings settings =
          new CaptionedImages.Settings(
              SIDE, ResizeConfig.DEFAULT, CaptionConfig.DEFAULT, 1, 0, batchSize, 3);
      List<List<String>> keys = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
      try (Batches<CaptionedImages.Batch> batches =
          CaptionedImages.open(samples(data, true, Share.ALL), settings)) {
        for (CaptionedImages.Batch batch : take(batches, 60 / batchSize)) {
          for (int b = 0; b < batchSize; b++) {
            keys.get(b % 3).add(batch.keys().get(b));
          }
        }
      }
      perStream.add(keys.stream().map(Object::toString).toList());
    }
    assertThat(perStream.get(1)).isEqualTo(perStream.get(0));
  }

  @Test
  void aResumedRunSeesTheSameBatches() {
    DataConfig data = data("\"streams\": 3, \"shuffleBuffer\": 9", "");
    List<CaptionedImages.Batch> whole = new ArrayList<>();
    List<String> positions = new ArrayList<>();
    try (Batches<CaptionedImages.Batch> batches = open(data)) {
      for (int step = 1; step <= 40; step++) {
        whole.add(batches.next());
        positions.add(batches.position().orElseThrow());
      }
    }
    DataConfig other = data("\"streams\": 3, \"shuffleBuffer\": 9, \"threads\": 4", "");
    for (int step = 1; step < 40; step += 6) {
      try (Batches<CaptionedImages.Batch> resumed =
          open(other, step + 1, Optional.of(positions.get(step - 1)), UnusableSamples.REFUSED)) {
        assertThat(resumed.position()).contains(positions.get(step - 1));
        assertThat(take(resumed, 40 - step)).isEqualTo(whole.subList(step, 40));
      }
    }
    assertThatThrownBy(() -> open(other, 2, Optional.empty(), UnusableSamples.REFUSED))
        .hasMessage("step 2 needs the position of the streams before it");
  }

  /** Two processes, each with its slots, together hold the batch of one. */
  @Test
  void processesShareABatchBySlots() {
    DataConfig data = data("\"streams\": 6, \"shuffleBuffer\": 9", "");
    List<CaptionedImages.Batch> whole;
    try (Batches<CaptionedImages.Batch> batches = open(data)) {
      whole = take(batches, 20);
    }
    for (int processes : new int[] {2, 3}) {
      for (int p = 0; p < processes; p++) {
        List<CaptionedImages.Batch> part;
        try (Batches<CaptionedImages.Batch> batches =
            CaptionedImages.open(samples(data, true, new Share(p, processes)), settings(data))) {
          part = take(batches, 20);
        }
        for (int step = 0; step < 20; step++) {
          List<String> keys = new ArrayList<>();
          for (int b = p; b < BATCH; b += processes) {
            keys.add(whole.get(step).keys().get(b));
          }
          assertThat(part.get(step).keys()).isEqualTo(keys);
        }
      }
    }
  }

  @Test
  void smallImagesArePassedOverAndReplacedByTheStreamsNext() {
    List<List<String>> streams = new ArrayList<>();
    for (String resize : new String[] {"", "\"skipSmall\": true"}) {
      DataConfig data = data("\"streams\": 1, \"shuffleBuffer\": 20", resize);
      CaptionedImages.Settings settings =
          new CaptionedImages.Settings(9, data.resize(), CaptionConfig.DEFAULT, 1, 0, BATCH, 3);
      try (Batches<CaptionedImages.Batch> batches =
          CaptionedImages.open(samples(data, true, Share.ALL), settings)) {
        streams.add(take(batches, 20).stream().flatMap(b -> b.keys().stream()).toList());
      }
    }
    // Image 0 of a shard is 8 pixels high, below 9.
    List<String> large = streams.get(0).stream().filter(key -> !key.endsWith("/0")).toList();
    assertThat(streams.get(1).subList(0, large.size())).isEqualTo(large);
    assertThat(large.size()).isLessThan(streams.get(0).size());
  }

  @Test
  void unreadableSamplesAreReportedReplacedAndResumed() throws IOException {
    TarFiles tar = new TarFiles();
    for (int n = 0; n < 20; n++) {
      byte[] png = ImageFiles.png(8, 8, n);
      tar.put(n + ".png", n % 3 == 0 ? Arrays.copyOf(png, png.length - 20) : png)
          .put(n + ".txt", n == 4 ? " " : "x");
    }
    Files.write(folder.resolve("set/3.tar"), tar.bytes());
    DataConfig data = data("\"streams\": 2, \"shuffleBuffer\": 5", "");
    Set<String> reported = ConcurrentHashMap.newKeySet();
    List<CaptionedImages.Batch> whole = new ArrayList<>();
    List<String> positions = new ArrayList<>();
    try (Batches<CaptionedImages.Batch> batches =
        open(data, 1, Optional.empty(), (sample, reason) -> reported.add(sample))) {
      for (int i = 0; i < 40; i++) {
        whole.add(batches.next());
        positions.add(batches.position().orElseThrow());
      }
    }
    assertThat(reported).contains(folder.resolve("set/3.tar") + "!0.png").hasSize(8);
    for (int step : new int[] {5, 18, 33}) {
      try (Batches<CaptionedImages.Batch> resumed =
          open(data, step + 1, Optional.of(positions.get(step - 1)), (sample, reason) -> {})) {
        assertThat(take(resumed, 40 - step)).isEqualTo(whole.subList(step, 40));
      }
    }
    try (Batches<CaptionedImages.Batch> batches = open(data)) {
      assertThatThrownBy(() -> take(batches, 40)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aReaderThatIsStoppedReportsNothing() throws InterruptedException {
    List<String> reported = new ArrayList<>();
    UnusableSamples unusable = (sample, reason) -> reported.add(sample);
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    Thread reader =
        new Thread(
            () -> {
              unusable.report("before", new DataException("cut short"));
              Thread.currentThread().interrupt();
              unusable.report("after", new DataException("interrupted"));
            });
    reader.setUncaughtExceptionHandler((thread, e) -> thrown.set(e));
    reader.start();
    reader.join();
    assertThat(reported).containsExactly("before");
    assertThat(thrown.get()).isInstanceOf(CancellationException.class);
  }

  @Test
  void weightsSayHowOftenASetIsSeen() throws IOException {
    TarFiles tar = new TarFiles();
    for (int n = 0; n < 10; n++) {
      tar.put(n + ".png", ImageFiles.png(8, 8, n)).put(n + ".txt", "curated");
    }
    Files.createDirectories(folder.resolve("more"));
    Files.write(folder.resolve("more/fine.tar"), tar.bytes());
    DataConfig data =
        data(
            "\"streams\": 2, \"sources\": [{\"location\": \""
                + folder.resolve("more")
                + "\", \"weight\": 3}]",
            "");
    TreeMap<Boolean, Integer> counts = new TreeMap<>();
    try (Batches<CaptionedImages.Batch> batches = open(data)) {
      for (CaptionedImages.Batch batch : take(batches, 500)) {
        batch.keys().forEach(key -> counts.merge(key.startsWith("fine/"), 1, Integer::sum));
      }
    }
    double std = Math.sqrt(3_000 * 0.75 * 0.25);
    assertThat((double) counts.get(true)).isBetween(2_250 - 5 * std, 2_250 + 5 * std);
  }

  @Test
  void stageOneDrawsAScalePerGroup() {
    DataConfig data = data("\"streams\": 2", "\"skipSmall\": true");
    for (int group : new int[] {0, 1, 2}) {
      MultiResolutionCrops.Settings settings =
          new MultiResolutionCrops.Settings(
              new CropConfig(2, 4.5, true, group), data.resize(), BATCH, 4);
      Set<Integer> sides = new HashSet<>();
      boolean differ = false;
      try (Batches<MultiResolutionCrops.Batch> batches =
          MultiResolutionCrops.open(samples(data, false, Share.ALL), settings)) {
        for (MultiResolutionCrops.Batch batch : take(batches, 30)) {
          for (int i = 0; i < BATCH; i++) {
            RgbImage target = batch.targets().get(i);
            sides.add(target.height());
            int of = group == 0 ? 0 : i / group * group;
            assertThat(target.height()).isEqualTo(batch.targets().get(of).height());
            assertThat(batch.inputs().get(i).height()).isEqualTo(2);
            differ |= target.height() != batch.targets().get(0).height();
          }
          assertThat(batch.groupEnds().get(batch.groupEnds().size() - 1)).isEqualTo(BATCH);
        }
      }
      assertThat(sides).hasSizeGreaterThan(4);
      assertThat(differ).isEqualTo(group > 0);
    }
  }

  @Test
  void whatDoesNotFitIsRefused() throws IOException {
    assertThatThrownBy(() -> open(data("\"streams\": 7", "")))
        .hasMessage(
            "stream.streams (7) must not exceed loop.batchSize (6): further streams have no slot");
    assertThatThrownBy(() -> data("\"sources\": [{\"location\": \"x\", \"weight\": 1.0}]", ""))
        .hasMessageContaining("stream.sources need stream.streams");
    DataConfig data = data("\"streams\": 2", "");
    String position;
    try (Batches<CaptionedImages.Batch> batches = open(data)) {
      batches.next();
      position = batches.position().orElseThrow();
    }
    assertThatThrownBy(() -> open(data, 2, Optional.of("{"), UnusableSamples.REFUSED))
        .hasMessage("the checkpoint's position in the data is damaged");
    Files.delete(folder.resolve("set/8.tar"));
    assertThatThrownBy(() -> open(data, 2, Optional.of(position), UnusableSamples.REFUSED))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the shards of the data set have changed: the checkpoint was written")
        .hasMessageContaining("found [8 shards");
  }

  @Test
  void aShardThatVanishesDuringTheRunIsNamed() throws IOException {
    DataConfig data = data("\"streams\": 1, \"shuffleBuffer\": 1", "");
    try (Batches<CaptionedImages.Batch> batches = open(data)) {
      batches.next();
      for (int s = 0; s < 9; s++) {
        Files.delete(folder.resolve("set/" + s + ".tar"));
      }
      assertThatThrownBy(() -> take(batches, 10))
          .isInstanceOf(DataException.class)
          .hasMessageContaining(".tar")
          .hasMessageContaining("expected a readable file, found NoSuchFileException");
    }
  }

  @Test
  void statisticsOfAStreamedSetSeeItsFirstShards() {
    ImageTextSource all = data("\"streams\": 2", "").openTrain(true);
    assertThat(all.size()).isEqualTo(81);
    ImageTextSource some =
        WebDatasetSource.firstShards(
            folder.resolve("set").toString(), DataSelection.of(Split.ALL, true), 6);
    assertThat(some.size()).isEqualTo(11);
    assertThat(some.description()).contains("first 2 of 9 shards");
  }
}
