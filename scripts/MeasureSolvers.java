import ai.djl.ndarray.NDArray;
import io.rapd.core.torch.Precision;
import io.rapd.dit.flow.SolverType;
import io.rapd.infer.GenerationOptions;
import io.rapd.infer.ImageField;
import io.rapd.infer.LoadOptions;
import io.rapd.infer.TextToImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Distance of each solver's latents to the solution, against evaluations of the network. The
 * solution is Heun's method with 200 steps. Arguments: the model, a prompt, the number of seeds, the
 * SVG file to write. The prompt's guidance is the model's own; Heun's method and Euler's apply its
 * maximum, Adams-Bashforth does not, so the model's guidance should have none.
 *
 * <p>Prints a Markdown table: root mean square distance, relative to that of the solution, mean over
 * seeds; then how many evaluations each solver needs for the distance that Euler's method has after
 * 50.
 */
public final class MeasureSolvers {
  private static final int REFERENCE_STEPS = 200;
  private static final int[] EVALUATIONS = {5, 7, 9, 13, 17, 25, 35, 49, 71, 99};
  private static final Map<SolverType, String> COLOURS =
      Map.of(
          SolverType.EULER, "#0072b2",
          SolverType.HEUN, "#d55e00",
          SolverType.ADAMS2, "#009e73",
          SolverType.ADAMS3, "#cc79a7");

  public static void main(String[] args) throws IOException {
    int seeds = Integer.parseInt(args[2]);
    Map<SolverType, double[]> distances = new LinkedHashMap<>();
    for (SolverType solver : SolverType.values()) {
      distances.put(solver, new double[EVALUATIONS.length]);
    }
    LoadOptions options = LoadOptions.defaults().withPrecision(Precision.FLOAT32);
    try (TextToImage model = TextToImage.load(Path.of(args[0]), options)) {
      for (int seed = 0; seed < seeds; seed++) {
        GenerationOptions own = model.defaults().withSeed(seed);
        float[] solution =
            latent(model, args[1], own.withSolver(SolverType.HEUN).withSteps(REFERENCE_STEPS));
        for (SolverType solver : SolverType.values()) {
          for (int i = 0; i < EVALUATIONS.length; i++) {
            // Heun's last step takes one evaluation, every other step two.
            int steps = solver == SolverType.HEUN ? (EVALUATIONS[i] + 1) / 2 : EVALUATIONS[i];
            float[] found = latent(model, args[1], own.withSolver(solver).withSteps(steps));
            distances.get(solver)[i] += distance(found, solution) / seeds;
          }
        }
        System.err.println("seed " + seed + " done");
      }
    }
    System.out.print(table(distances));
    Files.writeString(Path.of(args[3]), plot(distances), StandardCharsets.UTF_8);
  }

  private static float[] latent(TextToImage model, String prompt, GenerationOptions options) {
    try (ImageField field = model.generate(prompt, options)) {
      NDArray latent = field.latent();
      return latent.toFloatArray();
    }
  }

  private static double distance(float[] a, float[] b) {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < a.length; i++) {
      difference += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
      size += (double) b[i] * b[i];
    }
    return Math.sqrt(difference / size);
  }

  private static String table(Map<SolverType, double[]> distances) {
    StringBuilder text = new StringBuilder("| evaluations |");
    distances.keySet().forEach(solver -> text.append(' ').append(solver).append(" |"));
    text.append("\n|---|").append("---|".repeat(distances.size())).append('\n');
    for (int i = 0; i < EVALUATIONS.length; i++) {
      text.append("| ").append(EVALUATIONS[i]).append(" |");
      for (double[] values : distances.values()) {
        text.append(String.format(Locale.ROOT, " %.4f |", values[i]));
      }
      text.append('\n');
    }
    for (int euler : new int[] {5, 7, 9}) {
      double goal = distances.get(SolverType.EULER)[euler];
      text.append("\nDistance ").append(String.format(Locale.ROOT, "%.4f", goal)).append(':');
      distances.forEach(
          (solver, values) -> text.append(' ').append(solver).append(' ').append(needed(values, goal)));
      text.append('\n');
    }
    return text.toString();
  }

  /** The number of evaluations at which the distance reaches a goal, between two measured ones. */
  private static String needed(double[] values, double goal) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] <= goal * (1 + 1e-12)) {
        if (i == 0) {
          return "at most " + EVALUATIONS[0];
        }
        double part = Math.log(values[i - 1] / goal) / Math.log(values[i - 1] / values[i]);
        double at = Math.log(EVALUATIONS[i - 1]) * (1 - part) + Math.log(EVALUATIONS[i]) * part;
        return String.format(Locale.ROOT, "%.0f", Math.exp(at));
      }
    }
    return "more than " + EVALUATIONS[EVALUATIONS.length - 1];
  }

  /** Both axes are logarithmic. */
  private static String plot(Map<SolverType, double[]> distances) {
    double top = distances.values().stream().mapToDouble(v -> max(v)).max().orElse(1);
    double least = distances.values().stream().mapToDouble(v -> min(v)).min().orElse(1e-6);
    double high = Math.ceil(Math.log10(top));
    double low = Math.floor(Math.log10(Math.max(least, 1e-7)));
    List<String> parts = new ArrayList<>();
    parts.add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"640\" height=\"440\" font-family=\"sans-serif\""
            + " font-size=\"13\"><rect width=\"640\" height=\"440\" fill=\"white\"/>");
    for (int decade = (int) low; decade <= high; decade++) {
      double y = y(decade, low, high);
      parts.add(line(70, y, 520, y, "#ddd"));
      parts.add(text(64, y + 4, "end", decade == 0 ? "1" : String.format(Locale.ROOT, "1e%d", decade)));
    }
    for (int evaluations : EVALUATIONS) {
      double x = x(evaluations);
      parts.add(line(x, 30, x, 380, "#eee"));
      parts.add(text(x, 398, "middle", Integer.toString(evaluations)));
    }
    parts.add(text(295, 425, "middle", "evaluations of the network"));
    parts.add(text(70, 18, "start", "relative distance to the 200-step solution"));
    List<SolverType> solvers = List.copyOf(distances.keySet());
    for (SolverType solver : solvers) {
      double[] values = distances.get(solver);
      StringBuilder points = new StringBuilder();
      for (int i = 0; i < values.length; i++) {
        double y = y(Math.log10(Math.max(values[i], 1e-7)), low, high);
        points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(EVALUATIONS[i]), y));
      }
      String colour = COLOURS.get(solver);
      parts.add(
          "<polyline points=\"" + points.toString().strip() + "\" fill=\"none\" stroke-width=\"2\" stroke=\""
              + colour + "\"/>");
      double legend = 60 + 22 * solvers.indexOf(solver);
      parts.add(line(535, legend, 560, legend, colour));
      parts.add(text(566, legend + 4, "start", solver.toString()));
    }
    parts.add("</svg>\n");
    return String.join("\n", parts);
  }

  private static double max(double[] values) {
    double most = 0;
    for (double value : values) {
      most = Math.max(most, value);
    }
    return most;
  }

  private static double min(double[] values) {
    double least = Double.MAX_VALUE;
    for (double value : values) {
      least = Math.min(least, value);
    }
    return least;
  }

  private static double x(double evaluations) {
    double first = Math.log(EVALUATIONS[0]);
    double last = Math.log(EVALUATIONS[EVALUATIONS.length - 1]);
    return 70 + 450 * (Math.log(evaluations) - first) / (last - first);
  }

  private static double y(double decades, double low, double high) {
    return 30 + 350 * (high - decades) / Math.max(1, high - low);
  }

  private static String line(double x1, double y1, double x2, double y2, String colour) {
    return String.format(
        Locale.ROOT,
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"2\"/>",
        x1, y1, x2, y2, colour);
  }

  private static String text(double x, double y, String anchor, String words) {
    return String.format(
        Locale.ROOT,
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"#333\">%s</text>",
        x, y, anchor, words);
  }
}
