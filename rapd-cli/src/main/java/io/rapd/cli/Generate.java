package io.rapd.cli;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import io.rapd.cli.GenerationPlan.PlannedImage;
import io.rapd.core.checkpoint.TrainedModel;
import io.rapd.dit.flow.Solver.StepListener;
import io.rapd.infer.GenerationOptions;
import io.rapd.infer.ImageEdit;
import io.rapd.infer.ImageField;
import io.rapd.infer.LoadOptions;
import io.rapd.infer.TextToImage;
import io.rapd.models.BuiltInModels;
import io.rapd.train.command.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rapd generate}. */
@Command(
    name = "generate",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    resourceBundle = "io.rapd.cli.help",
    description = {
      "Generates images from prompts. All sizes of an image are rendered from the same latent.",
      "Writes PROMPT_seed-SEED_WIDTHxHEIGHT.png and prints the path of each file. PROMPT is the"
          + " prompt's letters and digits, with a checksum if these do not spell the prompt.",
      "With --image, changes an image by the prompt. With --frames, moves from one prompt or seed"
          + " to the next."
    })
final class Generate implements Runnable {
  private static final ImageSize DEFAULT_SIZE = new ImageSize(512, 512);

  @Mixin private RenderOptions render = new RenderOptions();
  @Mixin private PromptOptions prompts = new PromptOptions();

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "images per prompt and --seed, of as many seeds from it on (default: ${DEFAULT-VALUE})")
  private int count = 1;

  @Option(
      names = "--name",
      paramLabel = "PATTERN",
      converter = NamePattern.Converter.class,
      description =
          "file name without extension; {prompt}, {seed}, {size}, {width}, {height} and {index}"
              + " stand for those of the image (default: {prompt}_seed-{seed}_{size}, with --frames"
              + " frame-{index}_{size})")
  private @Nullable NamePattern name;

  @Option(
      names = "--frames",
      paramLabel = "N",
      description =
          "write N frames that move from each --prompt and --seed to the next; a single prompt or"
              + " seed stays (default: none)")
  private @Nullable Integer frames;

  @Option(
      names = "--resume",
      description =
          "keep files that exist already and generate the others; does not check that the model and"
              + " the other options were the same")
  private boolean resume;

  @Option(
      names = "--contact-sheet",
      description =
          "also write contact-sheet-1.png and so on: a row per prompt, a column per seed, 32 rows"
              + " each")
  private boolean contactSheet;

  @Mixin private SamplingOptions sampling = new SamplingOptions();

  @Mixin private LoadingOptions loading = new LoadingOptions();
  @Mixin private EditOptions editing = new EditOptions();

  @Override
  public void run() {
    Optional<Recipe> recipe = prompts.recipe();
    Path model = render.modelOr(() -> prompts.model(recipe).orElseGet(BuiltInModels::emoji));
    List<PromptLine> lines = prompts.lines(recipe);
    OutputFolder folder = render.output();
    Optional<ImageEdit> edit = editing.edit();
    if (frames == null) {
      plan(lines, recipe, render.sizes(defaultSize(recipe))).requirePlaces(folder);
    }
    LoadOptions loaded = loading.in(render.loading());
    try (ModelSource source = ModelSource.open(model)) {
      if (frames == null) {
        writeImages(source, loaded, folder, lines, recipe, edit);
      } else {
        writeFrames(source, loaded, folder, lines, recipe);
      }
    }
  }

  private void writeImages(
      ModelSource source,
      LoadOptions loaded,
      OutputFolder folder,
      List<PromptLine> lines,
      Optional<Recipe> recipe,
      Optional<ImageEdit> edit) {
    GenerationPlan all = plan(lines, recipe, render.sizes(source, loaded, defaultSize(recipe)));
    all.requirePlaces(folder);
    GenerationPlan plan = resume ? all.missingIn(folder) : all;
    if (resume) {
      int kept = all.images().size() - plan.images().size();
      System.err.println(message("%d of %d images exist and are kept", kept, all.images().size()));
    }
    if (!plan.images().isEmpty()) {
      write(plan, edit, recipe, folder, source, loaded);
    }
    if (contactSheet) {
      ContactSheets.write(all, folder, System.out::println);
    }
  }

  private void write(
      GenerationPlan plan,
      Optional<ImageEdit> edit,
      Optional<Recipe> recipe,
      OutputFolder folder,
      ModelSource source,
      LoadOptions loaded) {
    CompletableFuture<String> sha256 =
        CompletableFuture.supplyAsync(TrainedModel.open(source.folder())::weightsSha256);
    try (TextToImage model = TextToImage.load(source.folder(), loaded);
        Progress progress = new Progress("generate")) {
      recipe.ifPresent(known -> prompts.warnOfAnotherModel(known, source.given(), sha256.join()));
      GenerationOptions options = sampling.of(model, recipe);
      StepListener steps = (done, of, latent) -> progress.at("step", done, of);
      for (Map.Entry<Long, List<PlannedImage>> group : plan.bySeed().entrySet()) {
        GenerationOptions seeded = options.withSeed(group.getKey());
        List<PlannedImage> images = group.getValue();
        List<String> texts = images.stream().map(PlannedImage::prompt).toList();
        ObjIntConsumer<ImageField> writer =
            (field, i) ->
                write(
                    field,
                    images.get(i).files(),
                    size -> {
                      Recipe made =
                          Recipe.of(
                              texts.get(i),
                              seeded,
                              size,
                              fit(recipe),
                              source.given(),
                              sha256.join());
                      return edit.map(e -> made.textsOfEdit(e.strength())).orElseGet(made::texts);
                    },
                    fit(recipe),
                    folder,
                    progress);
        if (edit.isPresent()) {
          model.edit(edit.get(), texts, seeded, steps, writer);
        } else {
          model.generate(texts, seeded, steps, writer);
        }
      }
    }
  }

  private void write(
      ImageField field,
      Map<String, ImageSize> files,
      Function<ImageSize, Map<String, String>> texts,
      Fit fit,
      OutputFolder folder,
      Progress progress) {
    try (field) {
      files.forEach(
          (name, size) -> {
            Path file =
                folder.write(
                    RenderOptions.bands(field, size, fit, progress),
                    render.format(),
                    texts.apply(size),
                    name);
            progress.close();
            System.out.println(file);
          });
    }
  }

  private void writeFrames(
      ModelSource source,
      LoadOptions loaded,
      OutputFolder folder,
      List<PromptLine> lines,
      Optional<Recipe> recipe) {
    check(
        !editing.given() && count == 1 && !resume && !contactSheet,
        "--frames cannot be combined with --image, --count, --resume or --contact-sheet");
    FramePlan plan =
        FramePlan.of(
            lines,
            prompts.seeds(recipe),
            Objects.requireNonNull(frames),
            render.sizes(source, loaded, defaultSize(recipe)),
            Objects.requireNonNullElse(name, NamePattern.OF_FRAMES),
            render.format());
    plan.requirePlaces(folder);
    try (TextToImage model = TextToImage.load(source.folder(), loaded);
        Progress progress = new Progress("generate")) {
      model.interpolate(
          plan.keyframes(),
          plan.frames(),
          sampling.of(model, recipe),
          (done, of, latent) -> progress.at("step", done, of),
          (field, frame) ->
              write(field, plan.files(frame), size -> Map.of(), fit(recipe), folder, progress));
    }
  }

  private GenerationPlan plan(
      List<PromptLine> lines, Optional<Recipe> recipe, List<ImageSize> sizes) {
    NamePattern names = Objects.requireNonNullElse(name, NamePattern.OF_PROMPTS);
    return GenerationPlan.of(lines, prompts.seeds(recipe), count, sizes, names, render.format());
  }

  private Fit fit(Optional<Recipe> recipe) {
    return render.fit().or(() -> recipe.map(Recipe::fit)).orElse(Fit.CROP);
  }

  private static ImageSize defaultSize(Optional<Recipe> recipe) {
    return recipe.map(Recipe::size).orElse(DEFAULT_SIZE);
  }
}
