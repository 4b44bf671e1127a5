package io.rapd.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.infer.RandomModel;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The viewer over HTTP, with models of random weights. */
class ViewerTest {
  @TempDir static Path folder;
  private static ViewerServer server;

  @BeforeAll
  static void start() {
    server =
        new ViewerServer(RandomModel.textToImage(folder.resolve("model")), ViewerLimits.DEFAULT);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void servesItsPageAndItsFilesWithHeadersThatKeepOthersOut() throws Exception {
    RawHttp.Reply page = server.http().get("/");
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.text()).contains("<title>RaPD viewer</title>").doesNotContain("https://");
    assertThat(page.head())
        .contains("content-security-policy: default-src 'none'")
        .contains("x-content-type-options: nosniff")
        .contains("cross-origin-resource-policy: same-origin")
        .doesNotContain("server:");
    for (String file :
        new String[] {"/main.js", "/viewer.css", "/vendor/openseadragon-6.1.1.min.js"}) {
      assertThat(server.http().get(file).status()).as(file).isEqualTo(200);
    }
  }

  @Test
  void tilesEqualTheSamePartOfTheDownloadedWhole() throws Exception {
    String field = server.field("red apple", 7);
    int side = 16 << 5; // level 5 of 16 latent cells
    RgbImage whole =
        png(
            server
                .http()
                .get("/fields/" + field + "/download.png?width=" + side + "&height=" + side));
    assertThat(whole.width()).isEqualTo(side);
    int[] starts = {0, 252, 508, side};
    for (int row : new int[] {0, 1, 2}) {
      for (int column : new int[] {0, 1, 2}) {
        RgbImage tile = png(server.http().get(tile(field, "field", 5, column, row)));
        RgbImage part =
            whole.crop(
                starts[row],
                starts[column],
                starts[row + 1] - starts[row],
                starts[column + 1] - starts[column]);
        assertThat(Arrays.equals(tile.toRgbBytes(), part.toRgbBytes()))
            .as("tile %d, %d", column, row)
            .isTrue();
      }
    }
  }

  @Test
  void theSameRequestGivesTheSameTilesAndAnotherSeedOthers() throws Exception {
    byte[] first = server.http().get(tile(server.field("blue", 1), "field", 4, 0, 0)).body();
    byte[] again = server.http().get(tile(server.field("blue", 1), "field", 4, 0, 0)).body();
    byte[] other = server.http().get(tile(server.field("blue", 2), "field", 4, 0, 0)).body();
    assertThat(again).isEqualTo(first);
    assertThat(other).isNotEqualTo(first);
  }

  @Test
  void tilesGoAsDeepAsThePyramidAndNoDeeper() throws Exception {
    String field = server.field("green", 3);
    JsonNode report = server.json("/fields").get("fields").get(0);
    int levels = report.get("levels").intValue();
    assertThat((16L << (levels - 1))).isEqualTo(1L << 40);
    long last = ((1L << 40) - 252 + 255) / 256;
    RawHttp.Reply tile = server.http().get(tile(field, "field", levels - 1, last, 0));
    assertThat(tile.status()).isEqualTo(200);
    assertThat(png(tile).width()).isEqualTo(4);
    assertThat(server.http().get(tile(field, "bicubic", levels - 1, last / 2, last)).status())
        .isEqualTo(200);
    assertThat(server.http().get(tile(field, "field", levels - 1, last + 1, 0)).status())
        .isEqualTo(404);
    assertThat(server.http().get(tile(field, "field", levels, 0, 0)).status()).isEqualTo(404);
  }

  @Test
  void anUploadedImageIsEncodedAtTheSideAskedFor() throws Exception {
    byte[] file = PngStream.encode(ViewerServer.image(120, 90));
    JsonNode job =
        server.outcome(server.http().post("/upload?name=photo.png&side=45", "image/png", file));
    assertThat(job.get("state").textValue()).isEqualTo("done");
    JsonNode field = server.json("/fields").get("fields").get(0);
    assertThat(field.get("id")).isEqualTo(job.get("field"));
    assertThat(field.get("height").intValue()).isEqualTo(60);
    assertThat(field.get("width").intValue()).isEqualTo(45);
    assertThat(field.get("origin").get("title").textValue()).isEqualTo("photo.png");
  }

  @Test
  void aModelWithoutTextEncodesImagesAndRefusesPromptsWithAReason() throws Exception {
    Path model = RandomModel.field(folder.resolve("field"), 4);
    try (ViewerServer fields = new ViewerServer(model, ViewerLimits.DEFAULT)) {
      assertThat(fields.json("/model").get("model").get("noText").textValue())
          .isEqualTo("this model is an image field alone");
      RawHttp.Reply refused = fields.http().generate(ViewerServer.request("red", 1, 2));
      assertThat(refused.status()).isEqualTo(409);
      assertThat(refused.text()).contains("no prompts");
      byte[] file = PngStream.encode(ViewerServer.image(32, 32));
      JsonNode job =
          fields.outcome(fields.http().post("/upload?name=a&side=32", "image/png", file));
      assertThat(job.get("state").textValue()).isEqualTo("done");
    }
  }

  @Test
  void previewsAppearWhileTheFieldFormsAndACancelledJobEnds() throws Exception {
    RawHttp.Reply started = server.http().generate(ViewerServer.request("slow", 1, 500));
    String job = started.text().replaceAll(".*\"id\":\"([0-9a-f]+)\".*", "$1");
    JsonNode now = server.json("/jobs/" + job);
    for (int i = 0; i < 600 && now.get("preview").intValue() == 0; i++) {
      Thread.sleep(20);
      now = server.json("/jobs/" + job);
    }
    assertThat(png(server.http().get("/jobs/" + job + "/preview.png")).width()).isEqualTo(160);
    server.http().post("/jobs/" + job + "/cancel", "text/plain", new byte[0]);
    assertThat(server.outcome(started).get("state").textValue()).isEqualTo("cancelled");
    assertThat(server.field("after it", 1)).hasSize(24);
  }

  private static String tile(String field, String kind, int level, long column, long row) {
    return "/fields/" + field + "/" + kind + "/" + level + "/" + column + "/" + row + ".png";
  }

  /** Decoded by Java's own reader, which knows nothing of the writer. */
  private static RgbImage png(RawHttp.Reply reply) throws Exception {
    assertThat(reply.status()).as(reply.head()).isEqualTo(200);
    assertThat(ImageIO.read(new ByteArrayInputStream(reply.body()))).isNotNull();
    return new RgbImageReader().read(reply.body(), "reply");
  }
}
