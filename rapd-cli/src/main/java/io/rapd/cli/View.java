package io.rapd.cli;

import io.rapd.infer.LoadOptions;
import io.rapd.models.BuiltInModels;
import io.rapd.train.command.ComputeOptions;
import io.rapd.view.Viewer;
import io.rapd.view.ViewerLimits;
import io.rapd.view.ViewerOptions;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd view}. */
@Command(
    name = "view",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    resourceBundle = "io.rapd.cli.help",
    description = {
      "Serves a page to generate fields, zoom into them, compare them with bicubic enlargement and"
          + " download them at any size. Prints its address and runs until Ctrl-C.",
      "The page loads nothing from elsewhere."
    })
final class View implements Runnable {
  @Mixin private ModelOption model = new ModelOption();

  @Option(
      names = "--host",
      paramLabel = "NAME",
      defaultValue = "127.0.0.1",
      description =
          "name or address to listen on; with 0.0.0.0 anyone in the network can use the viewer"
              + " (default: ${DEFAULT-VALUE}, this machine alone)")
  private String host = "";

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8421",
      description = "port to listen on; 0 takes a free one (default: ${DEFAULT-VALUE})")
  private int port;

  @Option(
      names = "--allow-host",
      paramLabel = "NAME",
      description =
          "a further host name under which browsers may open the page; may be repeated (default:"
              + " localhost, --host and IP addresses)")
  private List<String> names = List.of();

  @Mixin private LoadingOptions loading = new LoadingOptions();
  @Mixin private ComputeOptions compute = new ComputeOptions();

  @Override
  public void run() {
    Path folder = model.or(BuiltInModels::emoji);
    LoadOptions loaded = loading.in(LoadingOptions.of(compute));
    ViewerOptions options = new ViewerOptions(host, port, names, ViewerLimits.DEFAULT);
    try (Viewer viewer = Viewer.start(folder, loaded, options)) {
      System.out.println(viewer.url());
      if (!viewer.loopback()) {
        System.err.println(
            "rapd view: anyone who reaches this address can use the viewer; there is no password");
      }
      viewer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
