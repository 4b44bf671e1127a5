package io.rapd.view;

import io.rapd.core.grid.GridRegion;
import io.rapd.core.image.RgbImage;
import io.rapd.infer.tile.TileListener;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Routes checked requests. Every refusal is a JSON object with a reason. */
final class ViewerHandler extends Handler.Abstract {
  private static final String ID = "([0-9a-f]{24})";
  private static final Pattern JOB = Pattern.compile("/jobs/" + ID + "(/preview\\.png)?");
  private static final Pattern TILE =
      Pattern.compile(
          "/fields/" + ID + "/(field|bicubic)/(\\d{1,2})/(\\d{1,12})/(\\d{1,12})\\.png");
  private static final Pattern FIELD =
      Pattern.compile("/fields/" + ID + "/(thumbnail|download)\\.png");

  private final RequestGuard guard;
  private final ViewerLimits limits;
  private final LoadedModel model;
  private final FieldStore fields;
  private final FieldQueue queue;
  private final TileQueue tiles;
  private final Submissions submissions;
  private final Downloads downloads;
  private final PageFiles files = new PageFiles();

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
    this.submissions = new Submissions(limits, model, queue);
    this.downloads = new Downloads(limits);
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
        case "POST" -> submissions.post(path, request, response, callback);
        default -> {
          response.getHeaders().put(HttpHeader.ALLOW, "GET, POST");
          throw new Refusal(405, "expected GET or POST");
        }
      }
    } catch (Refusal e) {
      Answer.refuse(e, response, callback);
    }
    return true;
  }

  private void get(String path, Request request, Response response, Callback callback) {
    Matcher tile = TILE.matcher(path);
    Matcher field = FIELD.matcher(path);
    Matcher job = JOB.matcher(path);
    if (tile.matches()) {
      tile(tile, request, response, callback);
    } else if (field.matches() && field.group(2).equals("download")) {
      downloads.send(fields.get(field.group(1)), request, response, callback);
    } else if (field.matches()) {
      StoredField stored = fields.get(field.group(1));
      render(stored, "thumbnail", stored::thumbnail, request, response, callback);
    } else if (job.matches() && job.group(2) == null) {
      FieldJob found = queue.get(job.group(1));
      found.touch();
      Answer.json(200, queue.report(found)).send(response, callback);
    } else if (job.matches()) {
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
}
