package io.rapd.view;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.util.Map;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * The body of a response.
 *
 * @param status of HTTP
 * @param type media type
 * @param caching value of Cache-Control
 */
record Answer(int status, String type, String caching, ByteBuffer body) {
  static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  /** The one style element that OpenSeadragon 6.1.1 adds to the page. */
  private static final String OPENSEADRAGON_STYLE =
      "'sha256-9xTiqzfwFaL2SGb1rmr8gysEwVVjIvqWAgmZgqFqpEE='";

  private static final String NEVER = "no-store";

  /** What does not change within a session, such as the tiles of a field. */
  private static final String ALWAYS = "private, max-age=86400, immutable";

  private Answer(int status, String type, String caching, byte[] body) {
    this(status, type, caching, ByteBuffer.wrap(body).asReadOnlyBuffer());
  }

  static Answer json(int status, Object value) {
    try {
      return new Answer(status, "application/json", NEVER, JSON.writeValueAsBytes(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  static Answer error(int status, String reason) {
    return json(status, Map.of("error", reason));
  }

  /** Answers with the reason of a refusal. */
  static void refuse(Refusal refusal, Response response, Callback callback) {
    if (refusal.status() == 429 || refusal.status() == 503) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, "5");
    }
    error(refusal.status(), refusal.reason()).send(response, callback);
  }

  static Answer png(byte[] file) {
    return new Answer(200, "image/png", ALWAYS, file);
  }

  /** A PNG file that soon gives way to another one. */
  static Answer passing(byte[] file) {
    return new Answer(200, "image/png", NEVER, file);
  }

  static Answer page(String type, byte[] content) {
    return new Answer(200, type, "no-cache", content);
  }

  void send(Response response, Callback callback) {
    response.setStatus(status);
    HttpFields.Mutable headers = response.getHeaders();
    headers.put(HttpHeader.CONTENT_TYPE, type);
    headers.put(HttpHeader.CACHE_CONTROL, caching);
    response.write(true, body.slice(), callback);
  }

  /** Headers of every response: nothing from elsewhere, and nothing for other sites. */
  static void secure(Response response) {
    HttpFields.Mutable headers = response.getHeaders();
    headers.put(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self' "
            + OPENSEADRAGON_STYLE
            + "; font-src 'self'; img-src 'self' blob:; worker-src blob:; connect-src 'self';"
            + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    headers.put("X-Content-Type-Options", "nosniff");
    headers.put("X-Frame-Options", "DENY");
    headers.put("Referrer-Policy", "no-referrer");
    headers.put("Cross-Origin-Resource-Policy", "same-origin");
    headers.put("Cross-Origin-Opener-Policy", "same-origin");
    headers.put("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
  }
}
