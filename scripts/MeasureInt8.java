import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.SafetensorsFile;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.core.image.RgbImage;
import io.rapd.core.metric.Psnr;
import io.rapd.core.nn.Initializer;
import io.rapd.core.nn.Module;
import io.rapd.core.nn.ModuleKernel;
import io.rapd.core.nn.Weights;
import io.rapd.core.torch.Bfloat16Products;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.DenoiserFolder;
import io.rapd.dit.text.TextEncoder;
import io.rapd.infer.GenerationOptions;
import io.rapd.infer.ImageField;
import io.rapd.infer.LoadOptions;
import io.rapd.infer.TextToImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What int8 weights cost, on the CPU.
 *
 * <pre>
 * speed RUNS [multiply|widen]   milliseconds of the paper's products, in turn, medians
 * states MODEL PROMPT           relative error of the text encoder's states
 * output MODEL [T...]           relative error of the denoiser's output for random inputs
 * images MODEL STEPS PROMPT...  PSNR of generated images against float32, at equal seed
 * </pre>
 *
 * <p>Errors are root mean squares relative to that of the exact values: those in float32, of the
 * text encoder those in bfloat16 with full weights. Networks are loaded one after the other.
 */
public final class MeasureInt8 {
  private record Form(Precision precision, Weights weights) {
    @Override
    public String toString() {
      return precision.label() + (weights == Weights.INT8 ? ", int8" : "");
    }
  }

  private static final List<Form> FORMS =
      List.of(
          new Form(Precision.FLOAT32, Weights.FULL),
          new Form(Precision.FLOAT32, Weights.INT8),
          new Form(Precision.BFLOAT16, Weights.FULL),
          new Form(Precision.BFLOAT16, Weights.INT8));

  private static final int[] TOKENS = {128, 512, 2048};

  public static void main(String[] args) throws IOException {
    switch (args[0]) {
      case "speed" -> {
        if (args.length > 2) {
          System.setProperty(Bfloat16Products.PROPERTY, args[2]);
        }
        speed(Integer.parseInt(args[1]));
      }
      case "states" -> states(Path.of(args[1]), args[2]);
      case "output" ->
          output(
              Path.of(args[1]),
              args.length > 2
                  ? Arrays.stream(args).skip(2).mapToDouble(Double::parseDouble).toArray()
                  : new double[] {0.1, 0.5, 0.9});
      case "images" ->
          images(
              Path.of(args[1]),
              Integer.parseInt(args[2]),
              Arrays.asList(args).subList(3, args.length));
      default -> throw new IllegalArgumentException("expected speed, states, output or images");
    }
  }

  /** One product; its matrix is cast by the kernel, or used as it is stored. */
  private static final class Product extends Module {
    private final ModuleKernel cast;
    private final ModuleKernel stored;

    Product(int out, int in, Precision precision) {
      table("weight", new Shape(out, in), Initializer.normal(0.02));
      Map<String, ?> constants = Map.of("dtype", precision);
      cast =
          kernel(
              "Product",
              "def forward(x):\n  return torch.linear(torch.to(x, $dtype), $weight)\n",
              constants);
      // A kernel of another module: one of this module would exclude the matrix from int8.
      stored =
          new Module() {
            ModuleKernel of(Product outer) {
              child("m", outer);
              return kernel(
                  "StoredProduct",
                  "def forward(x):\n"
                      + "  return torch.linear(torch.to(x, $stored.m), $stored.m)\n",
                  constants);
            }
          }.of(this);
    }
  }

  /** A matrix, and the numbers of rows that it multiplies in practice. */
  private record Matrix(String name, int out, int in, int... rows) {}

  private static void speed(int runs) throws IOException {
    List<Matrix> matrices =
        List.of(
            new Matrix("128 x 128, the smallest", 128, 128, 128),
            new Matrix("512 x 512", 512, 512, 128),
            new Matrix("adaLN_modulation", 9216, 1536, 2),
            new Matrix("attn.proj", 1536, 1536, TOKENS),
            new Matrix("attn.qkv_x", 4608, 1536, TOKENS),
            new Matrix("mlp.w12", 12288, 1536, TOKENS),
            new Matrix("Qwen3's gate_proj", 6144, 2048, TOKENS));
    boolean widened = Bfloat16Products.widenedOn(Device.cpu());
    System.out.printf("bfloat16 is %s here%n%n", widened ? "widened to float32" : "multiplied");
    System.out.println("| matrix | rows | " + join(FORMS) + " | bfloat16 as stored |");
    System.out.println("|---|---:|" + "---:|".repeat(FORMS.size() + 1));
    for (Matrix matrix : matrices) {
      try (NDManager manager = NativeRuntime.newManager(Device.cpu());
          GradMode off = GradMode.disabled()) {
        List<Product> products = products(matrix, manager);
        for (int rows : matrix.rows) {
          System.out.printf("| %s | %d |", matrix.name, rows);
          for (double ms : medians(matrix, products, rows, runs, widened, manager)) {
            System.out.printf(Locale.ROOT, ms < 1 ? " %.3f |" : " %.1f |", ms);
          }
          System.out.println();
        }
      }
    }
  }

  private static List<Product> products(Matrix matrix, NDManager manager) throws IOException {
    Path file = Files.createTempFile("int8", ".safetensors");
    try (NDManager scope = manager.newSubManager()) {
      Product initial = new Product(matrix.out, matrix.in, Precision.FLOAT32);
      initial.initialize(scope, 1);
      SafetensorsOutput.write(file, initial.values());
      List<Product> products = new ArrayList<>();
      try (SafetensorsFile source = SafetensorsFile.open(file)) {
        for (Form form : FORMS) {
          Product product = new Product(matrix.out, matrix.in, form.precision);
          product.load(source, "", name -> false, form.precision, form.weights, manager);
          products.add(product);
        }
      }
      return products;
    } finally {
      Files.delete(file);
    }
  }

  private static double[] medians(
      Matrix matrix, List<Product> products, int rows, int runs, boolean widened, NDManager manager) {
    double[][] ms = new double[FORMS.size() + 1][runs];
    try (NDManager scope = manager.newSubManager()) {
      NDArray x = RandomStream.of(2, "x", 0).normal(scope, new Shape(1, rows, matrix.in));
      NDArray half = widened ? x : Precision.BFLOAT16.cast(x);
      long multiplications = (long) matrix.out * matrix.in * Math.max(16, rows);
      int repeats = (int) Math.max(1, 640_000_000L / multiplications); // short ones
      for (int run = -2; run < runs; run++) {
        for (int form = 0; form <= FORMS.size(); form++) {
          boolean asStored = form == FORMS.size();
          Form of = FORMS.get(asStored ? 2 : form);
          Product product = products.get(asStored ? 2 : form);
          NDArray input = of.precision == Precision.BFLOAT16 ? half : x;
          if (asStored && widened && rows > 128) { // a plain loop of minutes
            ms[form][Math.max(run, 0)] = Double.NaN;
            continue;
          }
          long start = System.nanoTime();
          for (int i = 0; i < repeats; i++) {
            (asStored ? product.stored : product.cast).call(input).close();
          }
          if (run >= 0) {
            ms[form][run] = (System.nanoTime() - start) / 1e6 / repeats;
          }
        }
      }
    }
    return Arrays.stream(ms).mapToDouble(MeasureInt8::median).toArray();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static void states(Path folder, String prompt) {
    DenoiserFolder.Description description =
        DenoiserFolder.describe(TrainedModel.open(folder).denoiser());
    float[] exact = {};
    for (Weights weights : Weights.values()) {
      try (TextEncoder encoder =
              description.text().open(Precision.BFLOAT16, weights, Device.cpu());
          NDManager manager = NativeRuntime.newManager(Device.cpu());
          NDArray states = encoder.encode(List.of(prompt), manager)) {
        float[] values = states.toFloatArray();
        if (weights == Weights.FULL) {
          exact = values;
        } else {
          System.out.printf(Locale.ROOT, "states, int8: %.5f%n", error(values, exact));
        }
      }
    }
  }

  private static void output(Path folder, double[] times) {
    Path denoiser = TrainedModel.open(folder).denoiser();
    DenoiserFolder.Description description = DenoiserFolder.describe(denoiser);
    Map<Form, List<float[]>> outputs = new LinkedHashMap<>();
    for (Form form : FORMS) {
      try (NDManager manager = NativeRuntime.newManager(Device.cpu());
          GradMode off = GradMode.disabled()) {
        DenoiserFolder loaded =
            DenoiserFolder.load(denoiser, form.precision, form.weights, manager);
        RandomStream random = RandomStream.of(1, "MeasureInt8", 0);
        NDArray latent =
            random.normal(manager, new Shape(1).addAll(description.denoiser().latentShape()));
        NDArray text =
            random.normal(
                manager,
                new Shape(
                    1, description.denoiser().textTokens(), description.denoiser().textWidth()));
        List<float[]> found = new ArrayList<>();
        for (double time : times) {
          try (NDArray t = manager.full(new Shape(1), (float) time)) {
            long start = System.nanoTime();
            try (NDArray result = loaded.denoiser().forward(latent, t, text)) {
              found.add(result.toFloatArray());
            }
            System.err.printf("%s: %.1f s%n", form, (System.nanoTime() - start) * 1e-9);
          }
        }
        outputs.put(form, found);
      }
    }
    System.out.println("| t | " + join(FORMS.subList(1, FORMS.size())) + " |");
    System.out.println("|---|" + "---:|".repeat(FORMS.size() - 1));
    for (int i = 0; i < times.length; i++) {
      System.out.print("| " + times[i] + " |");
      for (Form form : FORMS.subList(1, FORMS.size())) {
        System.out.printf(
            Locale.ROOT,
            " %.5f |",
            error(outputs.get(form).get(i), outputs.get(FORMS.get(0)).get(i)));
      }
      System.out.println();
    }
  }

  private static void images(Path folder, int steps, List<String> prompts) {
    Map<Form, List<float[]>> latents = new LinkedHashMap<>();
    Map<Form, List<RgbImage>> images = new LinkedHashMap<>();
    for (Form form : FORMS) {
      LoadOptions options =
          LoadOptions.defaults().withPrecision(form.precision).withWeights(form.weights);
      latents.put(form, new ArrayList<>());
      images.put(form, new ArrayList<>());
      try (TextToImage model = TextToImage.load(folder, options)) {
        for (int i = 0; i < prompts.size(); i++) {
          GenerationOptions seeded = model.defaults().withSeed(i + 1L).withSteps(steps);
          try (ImageField field = model.generate(prompts.get(i), seeded)) {
            latents.get(form).add(field.latent().toFloatArray());
            int side = TextToImage.fixedSize(folder, options).orElse(256);
            images.get(form).add(field.renderAtResolution(side, side));
          }
        }
      }
    }
    System.out.println("| prompt | " + join(FORMS.subList(1, FORMS.size())) + " |");
    System.out.println("|---|" + "---:|".repeat(FORMS.size() - 1));
    for (int i = 0; i < prompts.size(); i++) {
      System.out.print("| " + prompts.get(i) + " |");
      for (Form form : FORMS.subList(1, FORMS.size())) {
        System.out.printf(
            Locale.ROOT,
            " %.1f dB, latent %.4f |",
            Psnr.of(images.get(form).get(i), images.get(FORMS.get(0)).get(i)),
            error(latents.get(form).get(i), latents.get(FORMS.get(0)).get(i)));
      }
      System.out.println();
    }
  }

  private static double error(float[] values, float[] exact) {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < values.length; i++) {
      difference += ((double) values[i] - exact[i]) * ((double) values[i] - exact[i]);
      size += (double) exact[i] * exact[i];
    }
    return Math.sqrt(difference / size);
  }

  private static String join(List<Form> forms) {
    return String.join(" | ", forms.stream().map(Form::toString).toList());
  }

  private MeasureInt8() {}
}
