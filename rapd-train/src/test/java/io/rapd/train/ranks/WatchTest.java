package io.rapd.train.ranks;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.train.data.Share;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WatchTest {
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final CountDownLatch aborted = new CountDownLatch(1);

  @BeforeEach
  void shorten() {
    System.setProperty(Watch.TIMEOUT, "1");
  }

  @AfterEach
  void restore() {
    System.clearProperty(Watch.TIMEOUT);
  }

  private Watch watch(int rank) {
    PrintStream err = new PrintStream(said, true, StandardCharsets.UTF_8);
    return Watch.start(new Share(rank, 3), err, aborted::countDown);
  }

  private void hang() {
    try {
      assertThat(aborted.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aRankThatHangsPrintsWhereItIs() {
    try (Watch watch = watch(1)) {
      watch.waiting(() -> {});
      hang();
    }
    assertThat(said.toString(StandardCharsets.UTF_8))
        .startsWith(
            "rank 1 of 3 has not come to an exchange for 1 s (rapd.ranks.timeout); it is at")
        .contains("WatchTest.hang(WatchTest.java:");
  }

  @Test
  void dividedWorkMayTakeLongerThanTheTimeout() throws InterruptedException {
    try (Watch watch = watch(1)) {
      watch.pause();
      watch.waiting(() -> {});
      assertThat(aborted.await(2500, TimeUnit.MILLISECONDS)).isFalse();
      watch.resume();
      hang();
    }
    assertThat(said.toString(StandardCharsets.UTF_8)).startsWith("rank 1 of 3 has not come");
  }

  @Test
  void aRankThatWaitsSaysSoAndIsNotTheOneThatHangs() {
    try (Watch watch = watch(0)) {
      watch.waiting(this::hang);
    }
    assertThat(said.toString(StandardCharsets.UTF_8))
        .startsWith("rank 0 of 3 has waited in an exchange for 1 s (rapd.ranks.timeout); ")
        .doesNotContain("WatchTest");
  }
}
