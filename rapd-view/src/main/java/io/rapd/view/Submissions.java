package io.rapd.view;

import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;

/** What a page posts: prompts and images to make fields of, and cancellations. */
final class Submissions {
  private static final Pattern CANCEL = Pattern.compile("/jobs/([0-9a-f]{24})/cancel");
  private static final int MAX_JSON = 64 << 10;
  private static final int MAX_ENCODER_SIDE = 1024;

  private final ViewerLimits limits;
  private final LoadedModel model;
  private final FieldQueue queue;
  private final Making making;
  private final RateLimit rate;
  private final Semaphore uploads = new Semaphore(2);

  Submissions(ViewerLimits limits, LoadedModel model, FieldQueue queue) {
    this.limits = limits;
    this.model = model;
    this.queue = queue;
    this.making = new Making(model, limits);
    this.rate = new RateLimit(limits.submissions());
  }

  /**
   * Answers a post with the job that it starts or ends.
   *
   * @throws Refusal for a path, type or parameter that is none
   */
  void post(String path, Request request, Response response, Callback callback) {
    Matcher job = CANCEL.matcher(path);
    if (job.matches()) {
      FieldJob found = queue.get(job.group(1));
      found.cancel();
      Answer.json(200, queue.report(found)).send(response, callback);
    } else if (path.equals("/generate")) {
      requireType(request, "application/json");
      rate.count(Request.getRemoteAddr(request));
      Function<byte[], FieldJob> submit = body -> generate(GenerationRequest.parse(body, limits));
      receive(MAX_JSON, submit, request, response, callback, () -> {});
    } else if (path.equals("/upload")) {
      upload(request, response, callback);
    } else {
      throw new Refusal(404, "there is nothing to post to here");
    }
  }

  private FieldJob generate(GenerationRequest asked) {
    model.warnings(asked); // refuses at once where there is no text to image
    return queue.submit(FieldOrigin.ofPrompt(asked), making.ofPrompt(asked));
  }

  private void upload(Request request, Response response, Callback callback) {
    requireType(request, "image/png", "image/jpeg", "image/webp");
    rate.count(Request.getRemoteAddr(request));
    Fields query = RequestQuery.of(request);
    String name = String.valueOf(query.getValue("name"));
    String side = String.valueOf(query.getValue("side"));
    int value = side.matches("\\d{1,4}") ? Integer.parseInt(side) : 0;
    if (value < 1 || value > MAX_ENCODER_SIDE) {
      throw new Refusal(400, "side: expected a whole number from 1 to %d", MAX_ENCODER_SIDE);
    }
    if (name.length() > 200 || name.codePoints().anyMatch(Character::isISOControl)) {
      throw new Refusal(400, "name: expected at most 200 printable characters");
    }
    if (!uploads.tryAcquire()) {
      throw new Refusal(503, "other uploads are under way");
    }
    Function<byte[], FieldJob> submit =
        body -> {
          UploadedImage.check(body, limits.uploadPixels());
          return queue.submit(FieldOrigin.ofImage(name), making.ofImage(body, value));
        };
    receive(limits.uploadBytes(), submit, request, response, callback, uploads::release);
  }

  private static void requireType(Request request, String... types) {
    String given = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
    String type = given == null ? "none" : given.replaceFirst(";.*", "").strip();
    for (String expected : types) {
      if (type.equalsIgnoreCase(expected)) {
        return;
      }
    }
    throw new Refusal(415, "expected Content-Type %s", String.join(" or ", types));
  }

  /** Reads a body without holding a thread, and answers with the job it starts. */
  private void receive(
      int most,
      Function<byte[], FieldJob> submit,
      Request request,
      Response response,
      Callback callback,
      Runnable finished) {
    RequestBody.read(
        request,
        most,
        finished,
        (body, refusal) -> {
          try {
            if (refusal != null) {
              throw refusal;
            }
            FieldJob job = submit.apply(Objects.requireNonNull(body));
            Answer.json(202, queue.report(job)).send(response, callback);
          } catch (Refusal e) {
            if (e == refusal) {
              response.getHeaders().put(HttpHeader.CONNECTION, "close"); // the rest is not read
            }
            Answer.refuse(e, response, callback);
          } catch (RuntimeException e) {
            callback.failed(e);
          }
        });
  }
}
