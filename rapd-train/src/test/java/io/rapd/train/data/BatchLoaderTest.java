package io.rapd.train.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class BatchLoaderTest {
  @Test
  void threadsChangeNoBatch(@TempDir Path folder) {
    for (int i = 0; i < 11; i++) {
      int shade = 20 * i;
      ImageFiles.write(folder, "p" + i, ImageFiles.png(9, 12, (y, x) -> shade << 8 | y * x));
    }
    List<List<MultiResolutionCrops.Batch>> runs = new ArrayList<>();
    for (int threads : new int[] {1, 2, 5}) {
      FolderSource source = new FolderSource(folder, DataSelection.of(Split.ALL, false));
      Steps<MultiResolutionCrops.Batch> crops =
          MultiResolutionCrops.withRandomAccess(
              source,
              1_000, // three images
              new MultiResolutionCrops.Settings(
                  new CropConfig(4, 3, true, 0), ResizeConfig.DEFAULT, 3, 6),
              UnusableSamples.REFUSED);
      List<MultiResolutionCrops.Batch> batches = new ArrayList<>();
      try (BatchLoader<MultiResolutionCrops.Batch> loader =
          new BatchLoader<>(crops::batch, 4, threads)) {
        for (int step = 4; step < 24; step++) {
          batches.add(loader.next());
        }
      }
      runs.add(batches);
      for (int step = 4; step < 24; step++) {
        assertThat(batches.get(step - 4)).isEqualTo(crops.batch(step));
      }
    }
    assertThat(runs.get(1)).isEqualTo(runs.get(0));
    assertThat(runs.get(2)).isEqualTo(runs.get(0));
  }

  @Test
  void onlySoManyBatchesArePreparedAhead() throws InterruptedException {
    AtomicLong last = new AtomicLong();
    CountDownLatch prepared = new CountDownLatch(4);
    try (BatchLoader<Long> loader =
        new BatchLoader<>(
            step -> {
              last.accumulateAndGet(step, Math::max);
              prepared.countDown();
              return step;
            },
            1,
            3)) {
      assertThat(loader.next()).isEqualTo(1);
      prepared.await();
      assertThat(last).hasValue(4);
    }
  }

  @Test
  void theCallerGetsWhatPreparingThrew() {
    DataException failure = new DataException("a.png: broken");
    try (BatchLoader<Long> loader =
        new BatchLoader<>(
            step -> {
              if (step == 3) {
                throw failure;
              }
              if (step == 4) {
                throw new AssertionError("an error");
              }
              return step;
            },
            1,
            2)) {
      assertThat(loader.next()).isEqualTo(1);
      assertThat(loader.next()).isEqualTo(2);
      assertThatThrownBy(loader::next).isSameAs(failure);
      assertThatThrownBy(loader::next).isInstanceOf(AssertionError.class).hasMessage("an error");
      assertThat(loader.next()).isEqualTo(5);
    }
  }

  @Test
  void closingEndsTheThreads() throws InterruptedException {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    CountDownLatch never = new CountDownLatch(1);
    BatchLoader<Long> loader =
        new BatchLoader<>(
            step -> {
              threads.add(Thread.currentThread());
              if (step > 1) {
                try {
                  never.await();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              }
              return step;
            },
            1,
            4);
    assertThat(loader.next()).isEqualTo(1);
    loader.close();
    for (Thread thread : threads) {
      thread.join(10_000); // the pool has ended a moment before its last thread has
    }
    assertThat(threads).isNotEmpty().noneMatch(Thread::isAlive).allMatch(Thread::isDaemon);
    assertThatThrownBy(loader::next)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the batch loader is closed");
    loader.close();
  }

  @Test
  void anInterruptedCallerStaysInterrupted() {
    try (BatchLoader<Long> loader =
        new BatchLoader<>(
            step -> {
              try {
                Thread.sleep(60_000);
              } catch (InterruptedException e) {
                return -1L;
              }
              return step;
            },
            1,
            1)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(loader::next)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("interrupted while waiting for a batch");
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void aLoaderNeedsAThread() {
    assertThatThrownBy(() -> new BatchLoader<>(step -> step, 1, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a batch loader needs at least one thread, got 0");
  }
}
