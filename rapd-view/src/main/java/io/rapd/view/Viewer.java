package io.rapd.view;

import io.rapd.infer.LoadOptions;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * A web server that shows the fields of one model. It serves its own page, the fields made in this
 * session and nothing else.
 *
 * <pre>{@code
 * try (Viewer viewer = Viewer.start(Path.of("model"), LoadOptions.defaults(), ViewerOptions.DEFAULT)) {
 *   System.out.println(viewer.url());
 *   viewer.join();
 * }
 * }</pre>
 */
public final class Viewer implements AutoCloseable {
  private static final int THREADS = 24;
  private static final int MAX_CONNECTIONS = 256;
  private static final long IDLE = Duration.ofSeconds(30).toMillis();

  private final LoadedModel model;
  private final FieldStore fields;
  private final FieldQueue queue;
  private final TileQueue tiles;
  private final Server server;
  private final ServerConnector connector;
  private final String host;

  private Viewer(LoadedModel model, ViewerOptions options) {
    ViewerLimits limits = options.limits();
    this.model = model;
    this.host = options.host();
    this.fields = new FieldStore(limits.fields());
    this.queue = new FieldQueue(fields, limits.waiting(), model.maxSide());
    this.tiles = new TileQueue(limits.tiles(), limits.cacheBytes());
    QueuedThreadPool threads = new QueuedThreadPool(THREADS);
    threads.setName("rapd-view-http");
    threads.setDaemon(true);
    this.server = new Server(threads);
    this.connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(configuration()));
    connector.setHost(options.host());
    connector.setPort(options.port());
    connector.setIdleTimeout(IDLE);
    server.addConnector(connector);
    server.addBean(new org.eclipse.jetty.server.NetworkConnectionLimit(MAX_CONNECTIONS, server));
    server.setErrorHandler(
        (request, response, callback) -> {
          Answer.secure(response);
          int status = response.getStatus();
          Answer.error(status, HttpStatus.getMessage(status)).send(response, callback);
          return true;
        });
    server.setHandler(
        new ViewerHandler(
            new RequestGuard(options.host(), options.names()),
            limits,
            model,
            fields,
            queue,
            tiles));
  }

  private static HttpConfiguration configuration() {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setSendDateHeader(false);
    return http;
  }

  /**
   * Loads a model and starts to serve it.
   *
   * @param folder a stage-1 or text-to-image model, or the folder of its training run
   * @throws IllegalArgumentException if the folder holds no such model, or the address cannot be
   *     listened on
   */
  public static Viewer start(Path folder, LoadOptions loading, ViewerOptions options) {
    Viewer viewer = new Viewer(LoadedModel.load(folder, loading), options);
    try {
      viewer.server.start();
      return viewer;
    } catch (Exception e) {
      viewer.close();
      throw new IllegalArgumentException(
          "cannot listen on " + options.host() + ", port " + options.port() + ": " + reason(e), e);
    }
  }

  private static String reason(Exception e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return String.valueOf(cause.getMessage());
  }

  /** The address of the page, such as {@code http://127.0.0.1:8421/}. */
  public String url() {
    String name = host.contains(":") ? "[" + host + "]" : host;
    return "http://" + name + ":" + connector.getLocalPort() + "/";
  }

  /** Whether only this machine can reach the viewer. */
  public boolean loopback() {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (java.net.UnknownHostException e) {
      return false;
    }
  }

  /** Waits until the viewer is closed or the thread is interrupted. */
  public void join() throws InterruptedException {
    server.join();
  }

  /** Stops serving and frees the model and its fields. */
  @Override
  public void close() {
    queue.close();
    tiles.close();
    try {
      server.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the viewer did not stop", e);
    } finally {
      fields.close();
      model.close();
    }
  }
}
