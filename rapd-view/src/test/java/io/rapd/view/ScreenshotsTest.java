package io.rapd.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Not a test: takes the screenshots of README with the model of a folder. {@code
 * scripts/screenshots} runs it.
 */
@EnabledIfSystemProperty(
    named = "rapd.screenshots.model",
    matches = ".+",
    disabledReason = "run by scripts/screenshots")
class ScreenshotsTest {
  @TempDir Path folder;

  @Test
  void threeWidthsInLightAndDark() throws Exception {
    Path model = Path.of(System.getProperty("rapd.screenshots.model"));
    Path out = Path.of(System.getProperty("rapd.screenshots.out"));
    String image = System.getProperty("rapd.screenshots.image", "");
    String prompts =
        System.getProperty("rapd.screenshots.prompts", "red apple|blue house|green tree");
    try (ViewerServer server = new ViewerServer(model, ViewerLimits.DEFAULT)) {
      for (boolean dark : new boolean[] {false, true}) {
        Path profile = Files.createDirectories(folder.resolve(dark ? "dark" : "light"));
        try (Browser browser = new Browser(profile, dark)) {
          browser.size(1440, 900, 1, false);
          browser.open(server.url());
          boolean first = server.json("/fields").get("fields").isEmpty();
          if (first && !image.isEmpty()) {
            upload(server, Path.of(image));
          } else if (first) {
            for (String prompt : prompts.split("\\|")) {
              make(browser, prompt);
            }
          }
          browser.open(server.url());
          shots(browser, out, dark ? "dark" : "light");
        }
      }
    }
    assertThat(out).isDirectoryContaining(file -> file.toString().endsWith(".png"));
  }

  private static void upload(ViewerServer server, Path image) throws Exception {
    byte[] file = Files.readAllBytes(image);
    String name = image.getFileName().toString().replaceAll("[^\\w.-]", "_");
    String type = URI.create(name).getPath().endsWith("png") ? "image/png" : "image/jpeg";
    String side = System.getProperty("rapd.screenshots.side", "64");
    server.outcome(server.http().post("/upload?name=" + name + "&side=" + side, type, file));
  }

  private static void make(Browser browser, String prompt) {
    browser.element("prompt").clear();
    browser.element("prompt").sendKeys(prompt);
    browser.element("generate").click();
    browser.until("document.getElementById('generate').disabled");
    browser.until("!document.getElementById('generate').disabled");
  }

  private static void shots(Browser browser, Path out, String theme) throws Exception {
    browser.settled();
    browser.screenshot(out.resolve("viewer-1440-" + theme + ".png"));
    browser.element("compare").click();
    zoom(browser, 5);
    browser.screenshot(out.resolve("viewer-1440-compare-" + theme + ".png"));
    browser.size(900, 720, 1, false);
    browser.settled();
    browser.screenshot(out.resolve("viewer-900-compare-" + theme + ".png"));
    browser.element("compare").click();
    browser.size(390, 844, 2, true);
    browser.open(browser.url());
    browser.settled();
    browser.screenshot(out.resolve("viewer-390-" + theme + ".png"));
    browser.eval("document.querySelector('.panel').scrollIntoView()");
    browser.screenshot(out.resolve("viewer-390-controls-" + theme + ".png"));
  }

  private static void zoom(Browser browser, double octaves) {
    browser.eval(
        "const z = document.getElementById('zoom'); z.value = arguments[0];"
            + " z.dispatchEvent(new Event('input'))",
        octaves);
    browser.until("!window.rapdStage.moving");
    browser.settled();
  }
}
