package io.rapd.view;

import static io.rapd.core.config.Check.check;

import java.util.List;

/**
 * Where the viewer listens, and for whom.
 *
 * @param host name or address to listen on; a loopback address serves this machine alone
 * @param port 0 to 65535; 0 takes a free one
 * @param names host names, besides {@code host}, under which browsers may reach the viewer. IP
 *     addresses need no entry. Requests for other names are refused, since a foreign page can point
 *     a name of its own at this machine (DNS rebinding)
 * @param limits what is accepted
 */
public record ViewerOptions(String host, int port, List<String> names, ViewerLimits limits) {
  /** Loopback, on port 8421. */
  public static final ViewerOptions DEFAULT =
      new ViewerOptions("127.0.0.1", 8421, List.of(), ViewerLimits.DEFAULT);

  public ViewerOptions {
    check(!host.isBlank(), "the viewer needs a host to listen on, got \"%s\"", host);
    check(port >= 0 && port <= 65535, "the port must be from 0 to 65535, got %d", port);
    names = List.copyOf(names);
  }

  public ViewerOptions withPort(int other) {
    return new ViewerOptions(host, other, names, limits);
  }

  public ViewerOptions withLimits(ViewerLimits other) {
    return new ViewerOptions(host, port, names, other);
  }
}
