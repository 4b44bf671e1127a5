package io.rapd.view;

import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** The browser that waits for a tile. */
final class TileClient implements TileQueue.Client {
  private final ClientConnection connection;
  private final Response response;
  private final Callback callback;

  TileClient(Request request, Response response, Callback callback) {
    this.connection = new ClientConnection(request, response);
    this.response = response;
    this.callback = callback;
  }

  @Override
  public boolean gone() {
    return connection.closed();
  }

  @Override
  public void answer(Answer answer) {
    answer.send(response, callback);
  }

  @Override
  public void drop() {
    callback.failed(new EofException("the client closed the connection")); // logged as no error
  }
}
