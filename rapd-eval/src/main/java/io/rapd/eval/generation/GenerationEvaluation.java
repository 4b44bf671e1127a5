package io.rapd.eval.generation;

import io.rapd.core.image.RgbImage;
import io.rapd.core.image.RgbImageReader;
import io.rapd.core.image.RgbImageWriter;
import io.rapd.eval.generation.CaptionedSet.Member;
import io.rapd.eval.latent.PooledLatents;
import io.rapd.eval.report.DividedValues;
import io.rapd.eval.report.ValueLog;
import io.rapd.infer.GenerationOptions;
import io.rapd.infer.ImageField;
import io.rapd.infer.ImageToField;
import io.rapd.infer.TextToImage;
import io.rapd.train.data.CentreSquare;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.loop.Ranks;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Generates an image per caption and finds its neighbours among the images of the set: over pixels
 * at {@value #COMPARED} x {@value #COMPARED}, and over pooled latents. An image of the set is its
 * central square; its latent is that of the square at the size of the model's latents.
 */
public final class GenerationEvaluation {
  /** Pixels per side in which images are compared. */
  public static final int COMPARED = 32;

  private final GenerationSettings settings;
  private final CaptionedSet set;
  private final ImageCache originals;

  /**
   * An evaluation.
   *
   * @param source all splits of the set
   * @throws IllegalArgumentException if there are no captions, or no images to compare with
   */
  public GenerationEvaluation(ImageTextSource source, GenerationSettings settings) {
    this.settings = settings;
    this.set = new CaptionedSet(source, settings);
    this.originals = new ImageCache(source, 0);
  }

  /**
   * Generates what is missing in a folder: {@code values.jsonl} and {@code images/}.
   *
   * @param facts identify set, model and sampling; with the settings the first line of the values
   * @param encoder of the model's field
   * @param ranks the processes that divide the captions; each compares with the whole set
   * @param listener is told what is counted and how many are done
   * @return a value per caption, in order, on the first rank
   */
  public List<GeneratedImage> run(
      Path folder,
      Map<String, String> facts,
      TextToImage model,
      GenerationOptions options,
      ImageToField encoder,
      Ranks ranks,
      ObjIntConsumer<String> listener) {
    Map<String, String> all = new LinkedHashMap<>(facts);
    all.putAll(settings.facts());
    DividedValues<GeneratedImage> values =
        new DividedValues<>(
            folder.resolve("values.jsonl"),
            all,
            GeneratedImage.class,
            value -> String.valueOf(value.number()),
            ranks);
    AtomicReference<@Nullable Comparison> comparison = new AtomicReference<>();
    ValueLog<GeneratedImage> filled =
        values.fill(
            IntStream.range(0, count()).mapToObj(String::valueOf).toList(),
            number -> Files.isRegularFile(image(folder, Integer.parseInt(number))),
            number -> {
              Comparison with =
                  Objects.requireNonNullElseGet(
                      comparison.get(), () -> new Comparison(model, encoder, listener));
              comparison.set(with);
              return with.generate(folder, Integer.parseInt(number), model, options);
            },
            done -> listener.accept("image", done));
    return IntStream.range(0, count())
        .mapToObj(n -> filled.find(String.valueOf(n)))
        .flatMap(Optional::stream)
        .toList();
  }

  /** Galleries of the set, which cost a pass over its images. */
  private final class Comparison {
    private final PooledLatents pooling;
    private final Gallery pixels = new Gallery();
    private final Gallery latents = new Gallery();

    Comparison(TextToImage model, ImageToField encoder, ObjIntConsumer<String> listener) {
      pooling = new PooledLatents(encoder.description().statistics(), settings.grid());
      CentreSquare small = new CentreSquare(COMPARED);
      CentreSquare encoded = new CentreSquare(model.description().denoiser().latentSize());
      int done = 0;
      for (Member member : set.candidates()) {
        RgbImage image = originals.image(member.index());
        pixels.add(member, small.apply(image).planes());
        latents.add(member, pooling.of(encoded.apply(image), encoder));
        listener.accept("image of the set", ++done);
      }
    }

    GeneratedImage generate(Path folder, int n, TextToImage model, GenerationOptions options) {
      Member task = set.tasks().get(n);
      long seed = settings.seed() + n;
      try (ImageField field = model.generate(task.caption(), options.withSeed(seed))) {
        RgbImage drawn = field.renderAtResolution(settings.size(), settings.size());
        new RgbImageWriter().writePng(drawn, image(folder, n));
        return new GeneratedImage(
            n,
            task.key(),
            task.caption(),
            seed,
            pixels.of(new CentreSquare(COMPARED).apply(drawn).planes(), task),
            latents.of(pooling.of(field.latent()), task));
      }
    }
  }

  private static Path image(Path folder, int number) {
    return folder.resolve("images").resolve(GeneratedImage.file(number));
  }

  /** A generated image, as it was written. */
  public RgbImage generated(Path folder, int number) {
    return new RgbImageReader().read(image(folder, number));
  }

  /** The number of captions. */
  public int count() {
    return set.tasks().size();
  }

  /** The number of images to compare with. */
  public int candidates() {
    return set.candidates().size();
  }

  /** Indices of the images whose captions are asked for, for the Frechet distance. */
  public List<Integer> reference() {
    return set.reference();
  }

  /** The central square of an image of the set at a size in pixels. */
  public RgbImage square(int index, int size) {
    return new CentreSquare(size).apply(originals.image(index));
  }

  /** Whether an image of the set has fewer pixels per side than a size. */
  public boolean smaller(int index, int size) {
    RgbImage image = originals.image(index);
    return Math.min(image.height(), image.width()) < size;
  }

  /** The central square of the image with a key. */
  RgbImage square(String key, int size) {
    Member member =
        set.candidates().stream().filter(m -> m.key().equals(key)).findFirst().orElseThrow();
    return square(member.index(), size);
  }

  /** What is generated and compared. */
  public GenerationSettings settings() {
    return settings;
  }
}
