package io.rapd.view;

import java.io.OutputStream;
import java.util.concurrent.Semaphore;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends fields as files, one at a time; a file is rendered as fast as its browser takes it. */
final class Downloads {
  private static final Logger LOGGER = LoggerFactory.getLogger(Downloads.class);

  private final ViewerLimits limits;
  private final Semaphore one = new Semaphore(1);

  Downloads(ViewerLimits limits) {
    this.limits = limits;
  }

  /**
   * Sends a field at the size of the query, on this thread.
   *
   * @throws Refusal with 400 for a size that is none or too large, 503 if another download is under
   *     way
   */
  void send(StoredField field, Request request, Response response, Callback callback) {
    Fields query = RequestQuery.of(request);
    Download size =
        Download.of(
            String.valueOf(query.getValue("height")),
            String.valueOf(query.getValue("width")),
            limits.downloadPixels(),
            field.pyramid().maxSide());
    if (!one.tryAcquire()) {
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
    // So that nothing follows on this connection, and reading from it tells that the client left.
    response.getHeaders().put(HttpHeader.CONNECTION, "close");
    ClientConnection connection = new ClientConnection(request, response);
    try (OutputStream out = Content.Sink.asOutputStream(response)) {
      size.write(field, (done, all) -> !connection.closed(), out);
      out.close();
      callback.succeeded();
    } catch (Exception e) { // the client left, or the field was dropped: the file is cut short
      LOGGER.debug("a download ended early", e);
      callback.failed(e);
    } finally {
      one.release();
    }
  }
}
