package io.rapd.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.image.RgbImage;
import io.rapd.core.torch.Devices;
import io.rapd.infer.LoadOptions;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;

/** A viewer of a small model on a free port, and what tests ask of it. */
final class ViewerServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Viewer viewer;
  private final RawHttp http;

  ViewerServer(Path model, ViewerLimits limits) {
    viewer =
        Viewer.start(
            model,
            LoadOptions.defaults().withDevice(Devices.of("cpu")),
            ViewerOptions.DEFAULT.withPort(0).withLimits(limits));
    http = new RawHttp(URI.create(viewer.url()).getPort());
  }

  String url() {
    return viewer.url();
  }

  RawHttp http() {
    return http;
  }

  JsonNode json(String path) throws IOException {
    return JSON.readTree(http.get(path).body());
  }

  /** Waits for the outcome of a submission; returns the last report of the job. */
  JsonNode outcome(RawHttp.Reply submission) throws IOException, InterruptedException {
    if (submission.status() != 202) {
      throw new AssertionError(submission.status() + " " + submission.text());
    }
    String id = JSON.readTree(submission.body()).get("id").textValue();
    for (int i = 0; i < 600; i++) {
      JsonNode job = json("/jobs/" + id);
      if (!job.get("state").textValue().matches("waiting|running")) {
        return job;
      }
      Thread.sleep(50);
    }
    throw new AssertionError("job " + id + " has no outcome");
  }

  /** Generates a field and returns its id. */
  String field(String prompt, long seed) throws IOException, InterruptedException {
    return outcome(http.generate(request(prompt, seed, 2))).get("field").textValue();
  }

  static String request(String prompt, long seed, int steps) {
    return JSON.createObjectNode()
        .put("prompt", prompt)
        .put("seed", Long.toString(seed))
        .put("steps", steps)
        .put("guidance", 2)
        .toString();
  }

  /** A smooth image. */
  static RgbImage image(int height, int width) {
    float[] planes = new float[RgbImage.CHANNELS * height * width];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = (float) Math.sin(0.37 * (i % width) + 0.21 * (i / width));
    }
    return new RgbImage(height, width, planes);
  }

  @Override
  public void close() {
    viewer.close();
  }
}
