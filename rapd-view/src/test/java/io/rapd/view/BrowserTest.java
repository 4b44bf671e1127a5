package io.rapd.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.infer.RandomModel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** The page in a headless Chromium; skipped with a message where there is none. */
class BrowserTest {
  @TempDir Path folder;

  @Test
  void promptZoomAndComparisonByKeyboardAlone() throws Exception {
    try (Browser browser = new Browser(folder, false);
        ViewerServer server =
            new ViewerServer(
                RandomModel.textToImage(folder.resolve("model")), ViewerLimits.DEFAULT)) {
      browser.size(640, 480, 1, false);
      browser.open(server.url());
      browser.tabTo("prompt");
      browser.press("red apple", Keys.ENTER);
      browser.until("window.rapdStage.shown");
      assertThat(server.json("/fields").get("fields").get(0).at("/origin/title").textValue())
          .isEqualTo("red apple");
      browser.settled();

      double before = ((Number) browser.eval("return window.rapdStage.scale")).doubleValue();
      browser.tabTo("zoom");
      browser.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT);
      browser.until("!window.rapdStage.moving && window.rapdStage.scale > " + before * 1.05);
      assertThat(browser.text("zoom-range")).isEqualTo("extrapolation");
      assertThat(browser.text("zoom-note")).contains("training ended at ×4");
      assertThat(browser.eval("return document.getElementById('track-mark').style.left"))
          .asString()
          .startsWith("18.18"); // of the powers of two from -2 to 20

      browser.tabTo("compare");
      browser.press(Keys.SPACE);
      browser.tabTo("divider");
      browser.press(Keys.ARROW_LEFT, Keys.ARROW_LEFT);
      assertThat(browser.element("divider").getAttribute("aria-valuenow")).isEqualTo("46");
      browser.settled();

      browser.tabTo("download");
      browser.press(Keys.ENTER);
      browser.tabTo("longer-side");
      browser.press(Keys.END, Keys.BACK_SPACE, Keys.BACK_SPACE, Keys.BACK_SPACE, Keys.BACK_SPACE);
      browser.press("300", Keys.ENTER);
      RgbImage image = new RgbImageReader().read(browser.downloaded(folder, "field-300x300.png"));
      assertThat(image.height()).isEqualTo(300);

      browser.size(360, 740, 2, true);
      assertThat(browser.eval("return document.documentElement.scrollWidth <= innerWidth"))
          .as("nothing is wider than a phone")
          .isEqualTo(true);
      assertThat(browser.complaints()).isEmpty();
    }
  }
}
