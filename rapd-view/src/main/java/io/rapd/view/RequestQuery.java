package io.rapd.view;

import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Fields;

/** The parameters after the path of a request. */
final class RequestQuery {
  private RequestQuery() {}

  /**
   * Decodes them.
   *
   * @throws Refusal with 400 for bytes that are no UTF-8
   */
  static Fields of(Request request) {
    try {
      return Request.extractQueryParameters(request, StandardCharsets.UTF_8);
    } catch (RuntimeException e) { // what Jetty throws
      throw new Refusal(400, "expected a query in UTF-8");
    }
  }
}
