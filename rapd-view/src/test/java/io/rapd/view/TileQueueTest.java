package io.rapd.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TileQueueTest {
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private final class Client implements TileQueue.Client {
    private final String name;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean gone;

    Client(String name) {
      this.name = name;
    }

    @Override
    public boolean gone() {
      return gone;
    }

    @Override
    public void answer(Answer answer) {
      log.add(name + " " + answer.status());
      ended.countDown();
    }

    @Override
    public void drop() {
      log.add(name + " dropped");
      ended.countDown();
    }
  }

  @Test
  void tilesOfClientsThatLeftAreNotRendered() throws Exception {
    AtomicInteger rendered = new AtomicInteger();
    CountDownLatch first = new CountDownLatch(1);
    try (TileQueue queue = new TileQueue(10, 1000)) {
      Client busy = new Client("busy");
      queue.submit("a", () -> await(first), busy);
      List<Client> left = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        Client client = new Client("left " + i);
        client.gone = true;
        left.add(client);
        queue.submit("left " + i, () -> new byte[] {(byte) rendered.incrementAndGet()}, client);
      }
      Client visible = new Client("visible");
      queue.submit("b", () -> new byte[] {(byte) rendered.incrementAndGet()}, visible);
      first.countDown();
      visible.ended.await();
      assertThat(rendered).hasValue(1);
      assertThat(log).startsWith("busy 200", "left 0 dropped").endsWith("visible 200");
    }
  }

  private static byte[] await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return new byte[1];
  }

  @Test
  void equalContentIsRenderedOnceAndTheCacheIsBounded() throws Exception {
    AtomicInteger rendered = new AtomicInteger();
    try (TileQueue queue = new TileQueue(10, 3000)) {
      for (int i = 0; i < 3; i++) {
        Client client = new Client("same");
        queue.submit("key", () -> new byte[rendered.incrementAndGet()], client);
        client.ended.await();
      }
      assertThat(rendered).hasValue(1);
      Client large = new Client("large");
      queue.submit("large", () -> new byte[10_000], large);
      large.ended.await();
      Client again = new Client("large");
      queue.submit("large", () -> new byte[rendered.incrementAndGet()], again);
      again.ended.await();
    }
    assertThat(rendered).as("what does not fit is not kept").hasValue(2);
  }

  @Test
  void aTileThatFailsIsAnsweredAndTheNextOneIsRendered() throws Exception {
    try (TileQueue queue = new TileQueue(10, 1000)) {
      Client broken = new Client("broken");
      Client refused = new Client("refused");
      Client good = new Client("good");
      queue.submit(
          "x",
          () -> {
            throw new IllegalStateException("damaged");
          },
          broken);
      queue.submit(
          "y",
          () -> {
            throw new Refusal(410, "gone");
          },
          refused);
      queue.submit("z", () -> new byte[1], good);
      good.ended.await();
    }
    assertThat(log).containsExactly("broken 500", "refused 410", "good 200");
  }

  @Test
  void tooManyTilesAreRefused() {
    CountDownLatch first = new CountDownLatch(1);
    try (TileQueue queue = new TileQueue(2, 1000)) {
      queue.submit("a", () -> await(first), new Client("a"));
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 4; i++) {
                  queue.submit("b" + i, () -> new byte[1], new Client("b"));
                }
              })
          .isInstanceOf(Refusal.class)
          .hasMessageContaining("2 tiles wait");
      first.countDown();
    }
  }
}
