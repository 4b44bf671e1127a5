package io.rapd.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.junit.jupiter.api.Test;

class ClientConnectionTest {
  private record Waiting(ClientConnection connection, Response response, Callback callback) {}

  /** Keeps its requests waiting, as tiles in a queue do. */
  private static final class Patient extends Handler.Abstract {
    private final BlockingQueue<Waiting> waiting = new LinkedBlockingQueue<>();

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      waiting.add(new Waiting(new ClientConnection(request, response), response, callback));
      return true;
    }
  }

  @Test
  void aClientThatClosesItsConnectionIsGoneAndOneThatWaitsIsNot() throws Exception {
    Patient patient = new Patient();
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(patient);
    server.start();
    try (Socket stays = request(connector.getLocalPort());
        Socket leaves = request(connector.getLocalPort())) {
      Waiting one = patient.waiting.poll(10, TimeUnit.SECONDS);
      Waiting other = patient.waiting.poll(10, TimeUnit.SECONDS);
      assertThat(one).isNotNull();
      assertThat(other).isNotNull();
      assertThat(one.connection.closed()).isFalse();
      assertThat(other.connection.closed()).isFalse();
      leaves.close();
      for (int i = 0; i < 1000 && !one.connection.closed() && !other.connection.closed(); i++) {
        Thread.sleep(5);
      }
      assertThat(one.connection.closed() ^ other.connection.closed()).isTrue();
      Waiting left = one.connection.closed() ? other : one;
      Answer.json(200, "kept").send(left.response, left.callback);
      String reply = new String(stays.getInputStream().readNBytes(15), StandardCharsets.US_ASCII);
      assertThat(reply).isEqualTo("HTTP/1.1 200 OK");
      (left == one ? other : one).callback.failed(new EofException("gone"));
    } finally {
      server.stop();
    }
  }

  private static Socket request(int port) throws Exception {
    Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port);
    String head = "GET / HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }
}
