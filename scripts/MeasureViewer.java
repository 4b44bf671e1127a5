import io.rapd.core.torch.Devices;
import io.rapd.infer.LoadOptions;
import io.rapd.view.Viewer;
import io.rapd.view.ViewerOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks at a field in several tabs at once, as the page does: a tab asks for the state every 400 ms
 * and for three tiles at a time; every second view it moves on before they have come, and drops
 * them. Prints how long answers took. Arguments: the model's folder, an image to encode (PNG),
 * tabs, seconds.
 */
public final class MeasureViewer {
  private static final int TILES = 3;
  private static final int LEVEL = 10;

  private final String url;
  private final String field;
  private final ConcurrentLinkedQueue<Double> answers = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Double> tiles = new ConcurrentLinkedQueue<>();

  /** Of a tile's time to its place in the queue times the time of a tile alone. */
  private final ConcurrentLinkedQueue<Double> ratios = new ConcurrentLinkedQueue<>();

  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicInteger longest = new AtomicInteger();
  private final AtomicInteger dropped = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();

  private double alone;

  private MeasureViewer(String url, String field) {
    this.url = url;
    this.field = field;
  }

  public static void main(String[] args) throws Exception {
    if (args.length != 4) {
      throw new IllegalArgumentException("expected: MODEL IMAGE.png TABS SECONDS");
    }
    int tabs = Integer.parseInt(args[2]);
    long seconds = Long.parseLong(args[3]);
    LoadOptions loading = LoadOptions.defaults().withDevice(Devices.of("auto"));
    try (Viewer viewer =
        Viewer.start(Path.of(args[0]), loading, ViewerOptions.DEFAULT.withPort(0))) {
      String url = viewer.url().replaceAll("/$", "");
      MeasureViewer measure = new MeasureViewer(url, field(url, Path.of(args[1])));
      measure.alone();
      measure.many(tabs, seconds);
    }
    System.exit(0); // the clients' threads
  }

  private static String field(String url, Path image) throws Exception {
    HttpRequest upload =
        HttpRequest.newBuilder(URI.create(url + "/upload?name=image&side=64"))
            .header("Content-Type", "image/png")
            .header("Origin", url)
            .POST(HttpRequest.BodyPublishers.ofByteArray(Files.readAllBytes(image)))
            .build();
    HttpClient client = HttpClient.newHttpClient();
    client.send(upload, HttpResponse.BodyHandlers.ofString());
    while (true) {
      String fields = get(client, url + "/fields").get(1, TimeUnit.MINUTES).body();
      Matcher id = Pattern.compile("\"id\":\"([0-9a-f]{24})\"").matcher(fields);
      if (id.find()) {
        return id.group(1);
      }
      Thread.sleep(100);
    }
  }

  private static CompletableFuture<HttpResponse<String>> get(HttpClient client, String address) {
    return client.sendAsync(
        HttpRequest.newBuilder(URI.create(address)).build(), HttpResponse.BodyHandlers.ofString());
  }

  private CompletableFuture<?> tile(HttpClient client, Random random) {
    int column = random.nextInt(250);
    int row = random.nextInt(250);
    String address =
        url + "/fields/" + field + "/field/" + LEVEL + "/" + column + "/" + row + ".png";
    int place = asked.incrementAndGet(); // of what no tab has dropped
    longest.accumulateAndGet(place, Math::max);
    long begin = System.nanoTime();
    CompletableFuture<HttpResponse<String>> tile = get(client, address);
    tile.whenComplete((answer, failure) -> asked.decrementAndGet());
    tile.thenAccept(
        answer -> {
          if (answer.statusCode() == 200) {
            double milliseconds = (System.nanoTime() - begin) / 1e6;
            tiles.add(milliseconds);
            if (alone > 0) {
              ratios.add(milliseconds / (place * alone));
            }
          } else {
            refused.incrementAndGet();
          }
        });
    return tile; // to cancel this one closes the connection
  }

  /** One tab, which waits for each tile. */
  private void alone() throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    Random random = new Random(0);
    for (int i = 0; i < 12; i++) {
      tile(client, random).get(5, TimeUnit.MINUTES);
    }
    print("a tile alone", tiles);
    List<Double> sorted = new ArrayList<>(tiles);
    sorted.sort(null);
    alone = sorted.get(sorted.size() / 2);
    tiles.clear();
  }

  private void many(int tabs, long seconds) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    ExecutorService threads = Executors.newFixedThreadPool(2 * tabs);
    for (int i = 0; i < tabs; i++) {
      Random random = new Random(i + 1);
      threads.submit(() -> poll(end));
      threads.submit(() -> look(end, random));
    }
    threads.shutdown();
    threads.awaitTermination(seconds + 600, TimeUnit.SECONDS);
    print("answers that are no tile", answers);
    print("tiles that were waited for", tiles);
    List<Double> sorted = new ArrayList<>(ratios);
    sorted.sort(null);
    System.out.printf(
        Locale.ROOT,
        "tile / (place in the queue x a tile alone): p95 %.2f; longest queue %d tiles%n",
        sorted.isEmpty() ? 0 : sorted.get((int) Math.ceil(0.95 * sorted.size()) - 1),
        longest.get());
    System.out.printf(
        Locale.ROOT,
        "tiles dropped by tabs that moved on: %d; refused: %d%n",
        dropped.get(),
        refused.get());
  }

  private void poll(long end) {
    HttpClient client = HttpClient.newHttpClient();
    String[] addresses = {"/queue", "/fields", "/model"};
    try {
      for (int i = 0; System.nanoTime() < end; i++) {
        long begin = System.nanoTime();
        get(client, url + addresses[i % addresses.length]).get(1, TimeUnit.MINUTES);
        answers.add((System.nanoTime() - begin) / 1e6);
        Thread.sleep(400);
      }
    } catch (Exception e) {
      e.printStackTrace();
    }
  }

  /** Waits for the tiles of every other view; leaves the others after half a second. */
  private void look(long end, Random random) {
    HttpClient client = HttpClient.newHttpClient();
    try {
      for (int view = 0; System.nanoTime() < end; view++) {
        List<CompletableFuture<?>> asked = new ArrayList<>();
        for (int i = 0; i < TILES; i++) {
          asked.add(tile(client, random));
        }
        boolean stay = view % 2 == 0;
        for (CompletableFuture<?> one : asked) {
          try {
            one.get(stay ? 600_000 : 500, TimeUnit.MILLISECONDS);
          } catch (TimeoutException e) {
            break;
          }
        }
        for (CompletableFuture<?> one : asked) {
          if (one.cancel(true)) {
            dropped.incrementAndGet();
          }
        }
      }
    } catch (Exception e) {
      e.printStackTrace();
    }
  }

  private static void print(String what, Iterable<Double> milliseconds) {
    List<Double> sorted = new ArrayList<>();
    milliseconds.forEach(sorted::add);
    sorted.sort(null);
    if (sorted.isEmpty()) {
      System.out.println(what + ": none");
      return;
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %d, median %.0f ms, p95 %.0f ms, longest %.0f ms%n",
        what,
        sorted.size(),
        sorted.get(sorted.size() / 2),
        sorted.get((int) Math.min(sorted.size() - 1, Math.ceil(0.95 * sorted.size()) - 1)),
        sorted.get(sorted.size() - 1));
  }
}
