package io.rapd.view;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.Keys;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import org.openqa.selenium.support.ui.WebDriverWait;

/** A headless Chromium. Tests are skipped where none is installed. */
final class Browser implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final ChromeDriver driver;

  Browser(Path downloads, boolean dark) {
    Optional<File> chromium = installed("chromium", "chromium-browser", "google-chrome");
    Optional<File> chromedriver = installed("chromedriver");
    assumeTrue(
        chromium.isPresent() && chromedriver.isPresent(),
        "skipped: needs chromium and chromedriver on the PATH (Debian: chromium, chromium-driver)");
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.orElseThrow());
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--hide-scrollbars",
        "--force-color-profile=srgb",
        "--user-data-dir=" + downloads.resolve("profile"));
    if (dark) {
      options.addArguments("--force-dark-mode", "--blink-settings=preferredColorScheme=0");
    }
    options.setExperimentalOption(
        "prefs",
        Map.of("download.default_directory", downloads.toString(), "intl.accept_languages", "en"));
    LoggingPreferences logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, java.util.logging.Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    driver =
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(chromedriver.orElseThrow())
                .usingAnyFreePort()
                .build(),
            options);
    // Headless, it otherwise drops what is downloaded.
    driver.executeCdpCommand(
        "Browser.setDownloadBehavior",
        Map.of("behavior", "allow", "downloadPath", downloads.toString()));
    driver.manage().timeouts().pageLoadTimeout(PATIENCE).scriptTimeout(PATIENCE);
  }

  private static Optional<File> installed(String... names) {
    for (String name : names) {
      for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
        File file = new File(folder, name);
        if (file.canExecute()) {
          return Optional.of(file);
        }
      }
    }
    return Optional.empty();
  }

  void open(String url) {
    driver.get(url);
    until("document.getElementById('model-name').textContent !== ''");
  }

  String url() {
    return driver.getCurrentUrl();
  }

  /** Another tab, which becomes the current one. */
  void openTab(String url) {
    driver.switchTo().newWindow(org.openqa.selenium.WindowType.TAB);
    open(url);
  }

  /** The size of the page, not of the window around it, with that many device pixels per pixel. */
  void size(int width, int height, double pixels, boolean phone) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", pixels, "mobile", phone));
    driver.manage().window().setSize(new Dimension(width, height));
  }

  /** Waits until an expression of JavaScript is true. */
  void until(String condition) {
    new WebDriverWait(driver, PATIENCE)
        .withMessage(condition)
        .until(d -> (Boolean) eval("return Boolean(" + condition + ")"));
  }

  Object eval(String script, Object... arguments) {
    return ((JavascriptExecutor) driver).executeScript(script, arguments);
  }

  WebElement element(String id) {
    return driver.findElement(By.id(id));
  }

  String text(String id) {
    return String.valueOf(eval("return document.getElementById(arguments[0]).textContent", id));
  }

  /** Presses keys wherever the focus is. */
  void press(CharSequence... keys) {
    new Actions(driver).sendKeys(keys).perform();
  }

  /** Presses Tab until an element has the focus. */
  void tabTo(String id) {
    for (int i = 0; i < 60; i++) {
      if (id.equals(eval("return document.activeElement.id"))) {
        return;
      }
      new Actions(driver).sendKeys(Keys.TAB).perform();
    }
    throw new AssertionError("Tab never reaches " + id);
  }

  /** Waits until all tiles in sight are drawn. */
  void settled() {
    until("window.rapdStage && window.rapdStage.settled");
  }

  /** Waits until a file has been downloaded. */
  Path downloaded(Path folder, String name) {
    Path file = folder.resolve(name); // until it is whole, it has another name
    new WebDriverWait(driver, PATIENCE)
        .withMessage("a download named " + name)
        .until(d -> Files.isRegularFile(file));
    return file;
  }

  void screenshot(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
  }

  /** Errors and warnings of the console, such as what the content security policy refused. */
  List<String> complaints() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .filter(entry -> entry.getLevel().intValue() >= java.util.logging.Level.WARNING.intValue())
        .map(entry -> entry.getMessage())
        .toList();
  }

  @Override
  public void close() {
    driver.quit();
  }
}
