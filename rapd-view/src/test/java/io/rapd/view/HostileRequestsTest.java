package io.rapd.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.infer.RandomModel;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests that a foreign page, a broken client or an attacker sends. None is served. */
class HostileRequestsTest {
  private static final byte[] NOTHING = {};

  @TempDir static Path folder;
  private static ViewerServer server;
  private static RawHttp http;
  private static String field;

  @BeforeAll
  static void start() throws Exception {
    ViewerLimits limits =
        new ViewerLimits(200, 50, 4, 8, 1000, 1 << 20, 1 << 16, 1 << 14, 1 << 22, 64, 1 << 20);
    server = new ViewerServer(RandomModel.textToImage(folder.resolve("model")), limits);
    http = server.http();
    field = server.field("red apple", 1);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static String head(String line, String host, String... headers) {
    StringBuilder head =
        new StringBuilder(line + "\r\nHost: " + host + "\r\nConnection: close\r\n");
    Arrays.stream(headers).forEach(header -> head.append(header).append("\r\n"));
    return head + "\r\n";
  }

  /** The heads of requests without a body; each must be refused. */
  private static List<String> heads() {
    List<String> heads = new ArrayList<>();
    String own = http.host();
    String tile = "/fields/" + field + "/field/2/0/0.png";
    for (String host :
        List.of(
            "evil.example",
            "evil.example:" + own.split(":")[1],
            "127.0.0.1",
            "127.0.0.1:1",
            "127.0.0.1.evil.example:" + own.split(":")[1],
            "10.0.0.1:" + own.split(":")[1],
            "0.0.0.0:" + own.split(":")[1],
            "[::2]:" + own.split(":")[1],
            "localhost",
            "localhost.:80",
            own + "@evil.example",
            "user@" + own,
            own + ".",
            "",
            "a b",
            own + ":80")) {
      for (String path : List.of("/", "/model", "/fields", "/queue", tile)) {
        heads.add(head("GET " + path + " HTTP/1.1", host));
      }
    }
    for (String origin :
        List.of(
            "http://evil.example",
            "null",
            "https://" + own,
            "http://" + own + ".evil.example",
            "http://localhost:1",
            "file://")) {
      heads.add(head("GET /model HTTP/1.1", own, "Origin: " + origin));
      heads.add(
          head(
              "POST /generate HTTP/1.1",
              own,
              "Origin: " + origin,
              "Content-Length: 0",
              "Content-Type: application/json"));
    }
    for (String site : List.of("cross-site", "same-site")) {
      heads.add(head("GET " + tile + " HTTP/1.1", own, "Sec-Fetch-Site: " + site));
      heads.add(head("GET /model HTTP/1.1", own, "Sec-Fetch-Site: " + site));
      heads.add(
          head("POST /generate HTTP/1.1", own, "Sec-Fetch-Site: " + site, "Content-Length: 0"));
    }
    for (String path :
        List.of(
            "/../etc/passwd",
            "/..%2f..%2fetc/passwd",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/vendor/../../Viewer.class",
            "/vendor/..%5c..%5cx",
            "//etc/passwd",
            "/./main.js/../../x",
            "/main.js%00.png",
            "/.git/config",
            "/WEB-INF/web.xml",
            "/io/rapd/view/Viewer.class",
            "/page/index.html",
            "/vendor/",
            "/vendor",
            "/main.js/",
            "/MAIN.JS",
            "/main.js;x=1",
            "/%6dain.js%2f",
            "/\u00ff",
            "/fields/",
            "/fields/" + field,
            "/fields/../fields",
            "/fields/ffffffffffffffffffffffff/field/0/0/0.png",
            "/fields/" + field + "/field/-1/0/0.png",
            "/fields/" + field + "/field/NaN/0/0.png",
            "/fields/" + field + "/field/0/-1/0.png",
            "/fields/" + field + "/field/0/0/1e3.png",
            "/fields/" + field + "/field/0/999999999999/0.png",
            "/fields/" + field + "/field/0/99999999999999999999/0.png",
            "/fields/" + field + "/field/99/0/0.png",
            "/fields/" + field + "/field/0/Infinity/0.png",
            "/fields/" + field + "/field/0/0x1/0.png",
            "/fields/" + field + "/field/0/0.5/0.png",
            "/fields/" + field + "/nearest/0/0/0.png",
            "/fields/" + field + "/field/0/0/0.svg",
            "/fields/" + field + "/field/0/0/\u0661.png",
            "/fields/" + field + "/../../../etc/passwd",
            "/fields/" + field + "/download.png",
            "/fields/" + field + "/download.png?width=0&height=1",
            "/fields/" + field + "/download.png?width=-1&height=1",
            "/fields/" + field + "/download.png?width=NaN&height=1",
            "/fields/" + field + "/download.png?width=1e9&height=1",
            "/fields/" + field + "/download.png?width=32768&height=32768",
            "/fields/" + field + "/download.png?width=999999999&height=1",
            "/fields/" + field + "/download.png?width=4294967297&height=1",
            "/fields/" + field + "/download.png?width=1&width=1&height=%ff",
            "/jobs/1",
            "/jobs/ffffffffffffffffffffffff",
            "/jobs/ffffffffffffffffffffffff/preview.png",
            "/jobs/../model",
            "/generate",
            "/upload",
            "/favicon.ico",
            "/robots.txt",
            "/model/x")) {
      heads.add(head("GET " + path + " HTTP/1.1", own));
    }
    for (String method :
        List.of("PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "HEAD", "CONNECT", "get", "FOO")) {
      heads.add(head(method + " /model HTTP/1.1", own));
      heads.add(head(method + " /generate HTTP/1.1", own));
    }
    heads.add("GET /model HTTP/1.1\r\n\r\n");
    heads.add("GET /model HTTP/1.0\r\n\r\n");
    heads.add("GET /model HTTP/1.1\r\nHost: " + own + "\r\nHost: evil.example\r\n\r\n");
    heads.add(
        "GET http://evil.example/model HTTP/1.1\r\nHost: " + own + "\r\nConnection: close\r\n\r\n");
    heads.add("GET /model HTTP/9.9\r\nHost: " + own + "\r\n\r\n");
    heads.add("GET /model\r\n\r\n");
    heads.add("GET /" + "a".repeat(20_000) + " HTTP/1.1\r\nHost: " + own + "\r\n\r\n");
    heads.add(head("GET /model HTTP/1.1", own, "X: " + "a".repeat(20_000)));
    heads.add("\u0000\u0001\u0002\r\n\r\n");
    heads.add("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    heads.add(
        head(
            "POST /generate HTTP/1.1",
            own,
            "Content-Type: application/json",
            "Content-Length: -5"));
    heads.add(
        head(
            "POST /generate HTTP/1.1",
            own,
            "Content-Type: application/json",
            "Content-Length: 99999999999"));
    heads.add(
        head(
            "POST /generate HTTP/1.1",
            own,
            "Content-Type: application/json",
            "Content-Length: 5",
            "Transfer-Encoding: chunked"));
    heads.add(
        head(
            "POST /upload?name=a&side=8 HTTP/1.1",
            own,
            "Content-Type: image/png",
            "Content-Length: 1048577"));
    return heads;
  }

  /** Bodies of POST /generate; each must be refused with 400. */
  private static List<String> bodies() {
    String good = ViewerServer.request("red", 1, 2);
    return List.of(
        "",
        "null",
        "[]",
        "7",
        "{",
        "\"red\"",
        "{}",
        good + "x",
        good.replace("{", "{\"prompt\":\"other\","),
        "[".repeat(5000),
        "{\"prompt\":\"red\"}",
        "{\"prompt\":7,\"seed\":1,\"steps\":2,\"guidance\":2}",
        "{\"prompt\":\"  \",\"seed\":1,\"steps\":2,\"guidance\":2}",
        "{\"prompt\":\"" + "x".repeat(201) + "\",\"seed\":1,\"steps\":2,\"guidance\":2}",
        "{\"prompt\":\"a\\u0000b\",\"seed\":1,\"steps\":2,\"guidance\":2}",
        "{\"prompt\":\"a\\u001bb\",\"seed\":1,\"steps\":2,\"guidance\":2}",
        "{\"prompt\":\"a\\ud800b\",\"seed\":1,\"steps\":2,\"guidance\":2}",
        good.replace("\"steps\":2", "\"steps\":0"),
        good.replace("\"steps\":2", "\"steps\":51"),
        good.replace("\"steps\":2", "\"steps\":-1"),
        good.replace("\"steps\":2", "\"steps\":2.5"),
        good.replace("\"steps\":2", "\"steps\":1e99"),
        good.replace("\"steps\":2", "\"steps\":\"2\""),
        good.replace("\"guidance\":2", "\"guidance\":NaN"),
        good.replace("\"guidance\":2", "\"guidance\":-1"),
        good.replace("\"guidance\":2", "\"guidance\":1e999"),
        good.replace("\"guidance\":2", "\"guidance\":101"),
        good.replace("\"guidance\":2", "\"guidance\":null"),
        good.replace("\"seed\":\"1\"", "\"seed\":\"NaN\""),
        good.replace("\"seed\":\"1\"", "\"seed\":1.5"),
        good.replace("\"seed\":\"1\"", "\"seed\":\"9999999999999999999\""),
        good.replace("\"seed\":\"1\"", "\"seed\":99999999999999999999"),
        good.replace("\"seed\":\"1\"", "\"path\":\"/etc/passwd\""));
  }

  @Test
  void noneIsServedAndEachHasAReason() throws Exception {
    List<String> served = new ArrayList<>();
    List<String> heads = heads();
    for (String head : heads) {
      RawHttp.Reply reply = http.send(head, NOTHING);
      if (reply.status() != 0
          && (reply.status() < 400
              || reply.status() > 499 && reply.status() != 501 && reply.status() != 505)) {
        served.add(reply.status() + " " + head.lines().findFirst().orElse(""));
      }
      assertThat(reply.text()).doesNotContain("root:", "\tat ", "jetty");
    }
    for (String body : bodies()) {
      RawHttp.Reply reply = http.generate(body);
      if (reply.status() != 400 || !reply.text().startsWith("{\"error\":\"")) {
        served.add(reply.status() + " " + body);
      }
    }
    assertThat(served).isEmpty();
    assertThat(heads.size() + bodies().size()).isGreaterThanOrEqualTo(200);
    assertThat(server.json("/fields").get("fields")).hasSize(1);
    assertThat(server.field("still here", 2)).hasSize(24);
  }

  @Test
  void formsOfOtherSitesAreRefusedByTheirContentType() throws Exception {
    byte[] body = ViewerServer.request("red", 1, 2).getBytes(StandardCharsets.UTF_8);
    for (String type :
        List.of(
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "")) {
      assertThat(http.post("/generate", type, body).status()).as(type).isEqualTo(415);
    }
    assertThat(http.post("/upload?name=a&side=8", "text/plain", body).status()).isEqualTo(415);
  }

  @Test
  void imagesThatAreTooLargeAreRefusedByTheirHeader() throws Exception {
    RawHttp.Reply bomb = http.post("/upload?name=a&side=8", "image/png", header(60_000, 60_000));
    assertThat(bomb.status()).isEqualTo(413);
    assertThat(bomb.text()).contains("at most 65536 pixels, got 60000 x 60000");
    for (byte[] file :
        List.of(NOTHING, new byte[100], "GIF89a".getBytes(StandardCharsets.US_ASCII))) {
      assertThat(http.post("/upload?name=a&side=8", "image/png", file).status()).isEqualTo(400);
    }
    RawHttp.Reply cut = http.post("/upload?name=a&side=8", "image/png", header(16, 16));
    JsonNode job = server.outcome(cut);
    assertThat(job.get("state").textValue()).isEqualTo("failed");
    assertThat(job.get("error").textValue()).startsWith("the image: expected an intact PNG");
    for (String query :
        List.of("", "?name=a", "?name=a&side=0", "?name=a&side=NaN", "?name=%00&side=8")) {
      assertThat(http.post("/upload" + query, "image/png", NOTHING).status())
          .as(query)
          .isEqualTo(400);
    }
  }

  /** A PNG file that ends after a header of that size. */
  private static byte[] header(int height, int width) {
    ByteBuffer chunk = ByteBuffer.allocate(17).put("IHDR".getBytes(StandardCharsets.US_ASCII));
    chunk.putInt(width).putInt(height).put(new byte[] {8, 2, 0, 0, 0});
    CRC32 sum = new CRC32();
    sum.update(chunk.array());
    ByteBuffer file = ByteBuffer.allocate(33);
    file.put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    return file.putInt(13).put(chunk.array()).putInt((int) sum.getValue()).array();
  }

  @Test
  void aFullQueueAndTooManySubmissionsAreRefused() throws Exception {
    List<RawHttp.Reply> replies = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      replies.add(http.generate(ViewerServer.request("many", i, 50)));
    }
    assertThat(replies).extracting(RawHttp.Reply::status).contains(503);
    for (RawHttp.Reply reply : replies) {
      if (reply.status() == 202) {
        String id = reply.text().replaceAll(".*\"id\":\"([0-9a-f]+)\".*", "$1");
        http.post("/jobs/" + id + "/cancel", "text/plain", NOTHING);
      }
    }
    RateLimit limit = new RateLimit(2);
    limit.count("a");
    limit.count("a");
    limit.count("b");
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> limit.count("a"))
        .isInstanceOf(Refusal.class);
  }

  @Test
  void clientsThatSendNothingDoNotStallOthers() throws Exception {
    List<Socket> idle = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        Socket socket = new Socket("127.0.0.1", Integer.parseInt(http.host().split(":")[1]));
        socket.getOutputStream().write(partial(i));
        idle.add(socket);
      }
      assertThat(http.get("/model").status()).isEqualTo(200);
      assertThat(http.get("/fields/" + field + "/field/1/0/0.png").status()).isEqualTo(200);
    } finally {
      for (Socket socket : idle) {
        socket.close();
      }
    }
  }

  private static byte[] partial(int i) throws IOException {
    String body =
        i % 2 == 0
            ? "GET / HTT"
            : "POST /generate HTTP/1.1\r\nHost: "
                + http.host()
                + "\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{";
    return body.getBytes(StandardCharsets.US_ASCII);
  }
}
