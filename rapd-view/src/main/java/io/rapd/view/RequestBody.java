package io.rapd.view;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/** Reads the body of a request, of bounded size and in bounded time, without holding a thread. */
final class RequestBody {
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private RequestBody() {}

  /**
   * Reads.
   *
   * @param most bytes
   * @param finished called before the receiver, whatever happened
   * @param receiver takes the body, or a refusal with 413 or 400
   */
  static void read(
      Request request,
      int most,
      Runnable finished,
      BiConsumer<byte @Nullable [], @Nullable Refusal> receiver) {
    if (request.getLength() > most) {
      finished.run();
      receiver.accept(
          null, new Refusal(413, "expected at most %d bytes, got %d", most, request.getLength()));
      return;
    }
    Scheduler.Task deadline =
        request
            .getComponents()
            .getScheduler()
            .schedule(
                () -> request.fail(new TimeoutException("a slow body")),
                PATIENCE.toSeconds(),
                TimeUnit.SECONDS);
    Content.Source.asByteArrayAsync(
        request,
        most,
        new Promise.Invocable<byte[]>() {
          @Override
          public void succeeded(byte[] body) {
            deadline.cancel();
            finished.run();
            receiver.accept(body, null);
          }

          @Override
          public void failed(Throwable e) {
            deadline.cancel();
            finished.run();
            boolean large = e instanceof IllegalStateException;
            receiver.accept(
                null,
                large
                    ? new Refusal(413, "expected at most %d bytes, got more", most)
                    : new Refusal(400, "expected a complete body, got part of one"));
          }
        });
  }
}
