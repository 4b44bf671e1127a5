package io.rapd.view;

import io.rapd.core.grid.GridRegion;
import io.rapd.core.image.RgbImage;
import io.rapd.infer.tile.TileListener;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Routes checked requests. Every refusal is a JSON object with a reason. */
final class ViewerHandler extends Handler.Abstract {
  private static final Logger LOGGER = LoggerFactory.getLogger(ViewerHandler.class);
  private static final String ID = "([0-9a-f]{24})";
  private static final Pattern JOB = Pattern.compile("/jobs/" + ID + "(/preview\\.png|/cancel)?");
  private static final Pattern TILE =
      Pattern.compile(
          "/fields/" + ID + "/(field|bicubic)/(\\d{1,2})/(\\d{1,12})/(\\d{1,12})\\.png");
  private static final Pattern FIELD =
      Pattern.compile("/fields/" + ID + "/(thumbnail|download)\\.png");
  private static final int MAX_JSON = 64 << 10;
  private static final int MAX_ENCODER_SIDE = 1024;

  private final RequestGuard guard;
  private final ViewerLimits limits;
  private final LoadedModel model;
  private final FieldStore fields;
  private final FieldQueue queue;
  private final TileQueue tiles;
  private final Making making;
  private final RateLimit rate;
  private final PageFiles files = new PageFiles();
  private final Semaphore downloads = new Semaphore(1);
  private final Semaphore uploads = new Semaphore(2);

  ViewerHandler(
      RequestGuard guard,
      ViewerLimits limits,
      LoadedModel model,
      FieldStore fields,
      FieldQueue queue,
      TileQueue tiles) {
    this.guard = guard;
    this.limits = limits;
    this.model = model;
    this.fields = fields;
    this.queue = queue;
    this.tiles = tiles;
    this.making = new Making(model, limits);
    this.rate = new RateLimit(limits.submissions());
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Answer.secure(response);
    try {
      guard.check(request);
      // As sent: the server's own paths need no escapes, dots or parameters.
      String path = request.getHttpURI().getPath();
      switch (request.getMethod()) {
        case "GET" -> get(path, request, response, callback);
        case "POST" -> post(path, request, response, callback);
        default -> {
          response.getHeaders().put(HttpHeader.ALLOW, "GET, POST");
          throw new Refusal(405, "expected GET or POST");
        }
      }
    } catch (Refusal e) {
      refuse(e, response, callback);
    }
    return true;
  }

  private static void refuse(Refusal refusal, Response response, Callback callback) {
    if (refusal.status() == 429 || refusal.status() == 503) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, "5");
    }
    Answer.error(refusal.status(), refusal.reason()).send(response, callback);
  }

  private void get(String path, Request request, Response response, Callback callback) {
    Matcher tile = TILE.matcher(path);
    Matcher field = FIELD.matcher(path);
    Matcher job = JOB.matcher(path);
    if (tile.matches()) {
      tile(tile, request, response, callback);
    } else if (field.matches() && field.group(2).equals("download")) {
      download(fields.get(field.group(1)), request, response, callback);
    } else if (field.matches()) {
      StoredField stored = fields.get(field.group(1));
      render(stored, "thumbnail", stored::thumbnail, request, response, callback);
    } else if (job.matches() && job.group(2) == null) {
      FieldJob found = queue.get(job.group(1));
      found.touch();
      Answer.json(200, queue.report(found)).send(response, callback);
    } else if (job.matches() && job.group(2).equals("/preview.png")) {
      byte[] preview = queue.get(job.group(1)).preview();
      Answer.passing(preview).send(response, callback);
    } else if (path.startsWith("/fields/")) {
      throw new Refusal(400, "expected /fields/ID/field/LEVEL/COLUMN/ROW.png with whole numbers");
    } else {
      page(path).send(response, callback);
    }
  }

  private Answer page(String path) {
    return switch (path) {
      case "/model" -> Answer.json(200, Map.of("model", model.description(), "limits", limits));
      case "/queue" -> Answer.json(200, Map.of("jobs", queue.reports()));
      case "/fields" ->
          Answer.json(
              200, Map.of("fields", fields.newestFirst().stream().map(FieldReport::of).toList()));
      default -> files.get(path);
    };
  }

  private void tile(Matcher path, Request request, Response response, Callback callback) {
    StoredField field = fields.get(path.group(1));
    boolean bicubic = path.group(2).equals("bicubic");
    int level = Integer.parseInt(path.group(3));
    GridRegion pixels =
        field.pyramid().tile(level, Long.parseLong(path.group(4)), Long.parseLong(path.group(5)));
    String key = String.join("/", path.group(2), path.group(3), path.group(4), path.group(5));
    render(
        field,
        key,
        () -> bicubic ? field.enlarge(pixels) : field.render(pixels, TileListener.NONE),
        request,
        response,
        callback);
  }

  private void render(
      StoredField field,
      String part,
      Supplier<RgbImage> image,
      Request request,
      Response response,
      Callback callback) {
    tiles.submit(
        field.content() + "/" + part,
        () -> PngStream.encode(image.get()),
        new TileClient(request, response, callback));
  }

  private void download(StoredField field, Request request, Response response, Callback callback) {
    Fields query = query(request);
    Download size =
        Download.of(
            String.valueOf(query.getValue("height")),
            String.valueOf(query.getValue("width")),
            limits.downloadPixels(),
            field.pyramid().maxSide());
    if (!downloads.tryAcquire()) {
      throw new Refusal(503, "another download is under way");
    }
    response.setStatus(200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "image/png");
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    response
        .getHeaders()
        .put(
            "Content-Disposition",
            "attachment; filename=\"field-" + size.width() + "x" + size.height() + ".png\"");
    try (OutputStream out = Content.Sink.asOutputStream(response)) {
      size.write(field, out);
      out.close();
      callback.succeeded();
    } catch (Exception e) { // the client left, or the field was dropped: the file is cut short
      LOGGER.debug("a download ended early", e);
      callback.failed(e);
    } finally {
      downloads.release();
    }
  }

  private static Fields query(Request request) {
    try {
      return Request.extractQueryParameters(request, StandardCharsets.UTF_8);
    } catch (RuntimeException e) { // what Jetty throws for bytes that are no UTF-8
      throw new Refusal(400, "expected a query in UTF-8");
    }
  }

  private void post(String path, Request request, Response response, Callback callback) {
    Matcher job = JOB.matcher(path);
    if (job.matches() && "/cancel".equals(job.group(2))) {
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
    Fields query = query(request);
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
            refuse(e, response, callback);
          } catch (RuntimeException e) {
            callback.failed(e);
          }
        });
  }
}
