package io.rapd.view;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Sends requests byte for byte, which clients of HTTP do not: foreign Host headers, broken paths.
 */
final class RawHttp {
  private final int port;

  RawHttp(int port) {
    this.port = port;
  }

  /** An answer: its status, its headers in lower case, its body. */
  record Reply(int status, String head, byte[] body) {
    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /** Sends a head and a body; the connection ends with the answer. */
  Reply send(String head, byte[] body) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(120_000);
      ByteArrayOutputStream request = new ByteArrayOutputStream();
      request.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
      request.writeBytes(body);
      socket.getOutputStream().write(request.toByteArray());
      return reply(socket.getInputStream());
    }
  }

  Reply get(String path) throws IOException {
    return send(
        "GET " + path + " HTTP/1.1\r\nHost: " + host() + "\r\nConnection: close\r\n\r\n",
        new byte[0]);
  }

  Reply post(String path, String type, byte[] body, String... headers) throws IOException {
    StringBuilder head =
        new StringBuilder("POST " + path + " HTTP/1.1\r\nHost: " + host() + "\r\n");
    head.append("Connection: close\r\nContent-Type: " + type + "\r\n");
    head.append("Content-Length: " + body.length + "\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    return send(head + "\r\n", body);
  }

  Reply generate(String json, String... headers) throws IOException {
    return post("/generate", "application/json", json.getBytes(StandardCharsets.UTF_8), headers);
  }

  String host() {
    return "127.0.0.1:" + port;
  }

  private static Reply reply(InputStream stream) throws IOException {
    byte[] all;
    try {
      all = stream.readAllBytes();
    } catch (IOException e) { // a connection that was cut
      return new Reply(0, "", new byte[0]);
    }
    String text = new String(all, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      return new Reply(0, "", new byte[0]);
    }
    String head = text.substring(0, end).toLowerCase(Locale.ROOT);
    byte[] body = text.substring(end + 4).getBytes(StandardCharsets.ISO_8859_1);
    return new Reply(Integer.parseInt(head.substring(9, 12)), head, unchunked(head, body));
  }

  private static byte[] unchunked(String head, byte[] body) {
    if (!head.contains("transfer-encoding: chunked")) {
      return body;
    }
    String text = new String(body, StandardCharsets.ISO_8859_1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int at = 0; ; ) {
      int line = text.indexOf("\r\n", at);
      int size = Integer.parseInt(text.substring(at, line), 16);
      if (size == 0) {
        return out.toByteArray();
      }
      out.write(body, line + 2, size);
      at = line + 2 + size + 2;
    }
  }
}
