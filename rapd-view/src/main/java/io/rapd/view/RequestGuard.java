package io.rapd.view;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * Refuses what other sites make a browser send: requests for a foreign host name (DNS rebinding)
 * and requests from a foreign page (cross-site posts, embedded tiles).
 */
final class RequestGuard {
  private static final Pattern ADDRESS =
      Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9a-f:.]+]");

  private final List<String> names;
  private final boolean loopback;

  RequestGuard(String host, List<String> others) {
    this.loopback = isLoopback(host);
    this.names =
        Stream.concat(Stream.of(host, "localhost"), others.stream())
            .map(name -> name.toLowerCase(Locale.ROOT))
            .toList();
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(host + ": no such host to listen on", e);
    }
  }

  /**
   * Checks where a request comes from.
   *
   * @throws Refusal with 403 or 421
   */
  void check(Request request) {
    String authority = checkHost(request);
    checkOrigin(request, authority);
    String site = request.getHeaders().get("Sec-Fetch-Site");
    boolean page = request.getMethod().equals("GET") && request.getHttpURI().getPath().equals("/");
    if (site != null && !site.equals("same-origin") && !site.equals("none") && !page) {
      throw new Refusal(
          403, "expected a request of this viewer's own page, got one of another site");
    }
  }

  private String checkHost(Request request) {
    List<String> hosts = request.getHeaders().getValuesList(HttpHeader.HOST);
    if (hosts.size() != 1) {
      throw new Refusal(400, "expected one Host header, got %d", hosts.size());
    }
    String authority = hosts.get(0).toLowerCase(Locale.ROOT);
    String uriAuthority = request.getHttpURI().getAuthority();
    if (uriAuthority != null && !uriAuthority.toLowerCase(Locale.ROOT).equals(authority)) {
      throw new Refusal(421, "the request names another host than its Host header");
    }
    String name = authority.replaceFirst(":\\d{1,5}$", "");
    int port = port(authority, name);
    int own = Request.getLocalPort(request);
    if (port != own || !serves(name)) {
      throw new Refusal(
          421,
          "this viewer does not serve that host name; open it under the address that it printed, or"
              + " start it with --allow-host NAME");
    }
    return authority;
  }

  private static int port(String authority, String name) {
    return authority.length() == name.length()
        ? 80
        : Integer.parseInt(authority.substring(name.length() + 1));
  }

  private boolean serves(String name) {
    if (names.contains(name)) {
      return true;
    }
    if (!ADDRESS.matcher(name).matches()) {
      return false;
    }
    return !loopback || name.startsWith("127.") || name.equals("[::1]");
  }

  private static void checkOrigin(Request request, String authority) {
    String origin = request.getHeaders().get("Origin");
    if (origin != null && !origin.toLowerCase(Locale.ROOT).equals("http://" + authority)) {
      throw new Refusal(403, "expected a request of this viewer's own page, got another origin");
    }
  }
}
