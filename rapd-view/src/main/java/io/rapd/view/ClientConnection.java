package io.rapd.view;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;

/**
 * The connection of a request whose body is read, and whose response has not begun or is the last
 * one on it. A browser that no longer wants an image closes its connection; nothing but reading
 * from it tells.
 */
final class ClientConnection {
  private final EndPoint endPoint;
  private final Response response;

  ClientConnection(Request request, Response response) {
    this.endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    this.response = response;
  }

  /** Whether the client has closed the connection. */
  boolean closed() {
    if (!endPoint.isOpen() || endPoint.isInputShutdown()) {
      return true;
    }
    ByteBuffer ahead = BufferUtil.allocate(1); // empty; Jetty fills from the limit on
    try {
      int read = endPoint.fill(ahead);
      if (read > 0 && !response.isCommitted()) {
        // The client sent its next request early. It repeats it on a new connection.
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
      }
      return read < 0;
    } catch (IOException e) {
      return true;
    }
  }
}
