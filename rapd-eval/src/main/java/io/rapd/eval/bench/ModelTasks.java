package io.rapd.eval.bench;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.grid.GridRegion;
import io.rapd.core.grid.PixelGrid;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import io.rapd.core.torch.RandomStream;
import io.rapd.dit.Denoiser;
import io.rapd.dit.DenoiserConfig;
import io.rapd.dit.flow.FlowConfig;
import io.rapd.dit.flow.FlowMatchingLoss;
import io.rapd.dit.flow.FlowPath;
import io.rapd.dit.flow.LatentSampler;
import io.rapd.dit.flow.SamplingConfig;
import io.rapd.dit.flow.Solver.StepListener;
import io.rapd.dit.text.TextEncoder;
import io.rapd.infer.tile.TileListener;
import io.rapd.infer.tile.TiledRenderer;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifConfig;
import io.rapd.nif.render.LatentSource;
import java.util.List;

/**
 * The parts of a model with random weights, as tasks: what it takes to make an image, and steps of
 * both trainings with their optimiser.
 */
public final class ModelTasks {
  private static final String PROMPT = "a red apple on a table beside a blue cup of tea";

  private final NifConfig nif;
  private final DenoiserConfig sizes;
  private final Precision precision;
  private final NDManager memory;

  /**
   * Tasks of a model.
   *
   * @param nif the field
   * @param sizes of the denoiser
   * @param memory lives as long as the tasks
   */
  public ModelTasks(NifConfig nif, DenoiserConfig sizes, Precision precision, NDManager memory) {
    this.nif = nif;
    this.sizes = sizes;
    this.precision = precision;
    this.memory = memory;
  }

  /** Encodes a prompt. */
  public BenchTask text(TextEncoder encoder) {
    return new BenchTask(
        "text encoder",
        message("%d tokens", encoder.maxTokens()),
        0,
        scope -> encoder.encode(List.of(PROMPT), scope).sum().getFloat());
  }

  /** One evaluation of the denoiser. */
  public BenchTask denoiserStep() {
    Denoiser denoiser = denoiser();
    return new BenchTask(
        "denoiser, one evaluation",
        message("%d tokens", sizes.imageTokens()),
        Flops.denoiser(sizes),
        scope -> {
          NDArray latent = noise(scope, new Shape(1).addAll(sizes.latentShape()));
          NDArray time = scope.full(new Shape(1), 0.5f);
          finish(denoiser.forward(latent, time, states(scope)));
        });
  }

  /** From noise to a latent. */
  public BenchTask sampler(FlowConfig flow, SamplingConfig sampling) {
    Denoiser denoiser = denoiser();
    long[] evaluations = {0};
    LatentSampler sampler =
        new LatentSampler(
            (latent, time, text) -> {
              evaluations[0] += latent.getShape().get(0);
              return denoiser.forward(latent, time, text);
            },
            sizes.latentShape(),
            flow,
            sampling,
            0);
    // Guidance may evaluate some steps once and others twice: a short run counts.
    try (GradMode off = GradMode.disabled();
        NDManager scope = memory.newSubManager()) {
      sampler.sample(states(scope), states(scope), StepListener.NONE);
    }
    long counted = evaluations[0];
    return new BenchTask(
        "sampler",
        message("%d steps, %d evaluations", sampling.steps(), counted),
        counted * Flops.denoiser(sizes),
        scope -> finish(sampler.sample(states(scope), states(scope), StepListener.NONE)));
  }

  /** An image to a latent. */
  public BenchTask encoder(int side) {
    NeuralImageField field = field();
    return new BenchTask(
        "encoder",
        message("%d x %d pixels", side, side),
        Flops.encoder(nif.encoder(), (long) side * side),
        scope -> finish(field.encode(noise(scope, new Shape(1, 3, side, side)))));
  }

  /** A latent of the denoiser's size to an image, in tiles as images are rendered. */
  public BenchTask renderer(int side) {
    NeuralImageField field = field();
    TiledRenderer renderer = new TiledRenderer(field);
    PixelGrid grid = new PixelGrid(side, side);
    int latentSide = sizes.latentSize();
    int channels = nif.encoder().channels();
    return new BenchTask(
        "renderer",
        message("%d x %d pixels", side, side),
        Flops.renderer(nif.renderer(), (long) side * side),
        scope ->
            renderer.render(
                LatentSource.of(noise(scope, new Shape(1, channels, latentSide, latentSide))),
                new GridRegion(grid, grid.whole()),
                TileListener.NONE));
  }

  /** A step of stage 2 on one batch, text states given. */
  public BenchTask stage2Step(FlowConfig flow, int batch) {
    Denoiser denoiser = sizes.build(precision);
    denoiser.initialize(memory, 1);
    TrainedStep step = new TrainedStep(denoiser, memory);
    FlowMatchingLoss loss = new FlowMatchingLoss(flow.prediction());
    Shape shape = new Shape(batch).addAll(sizes.latentShape());
    return new BenchTask(
        "training step, stage 2",
        message("%d x %d tokens", batch, sizes.imageTokens()),
        Flops.TRAINING * batch * Flops.denoiser(sizes),
        scope -> {
          FlowPath path = new FlowPath(noise(scope, shape), noise(scope, shape));
          NDArray times = scope.full(new Shape(batch), 0.5f);
          NDArray text = states(scope).repeat(0, batch);
          NDArray latent = path.at(times);
          step.run(
              scope, () -> loss.of(denoiser.forward(latent, times, text), path, latent, times));
        });
  }

  /** A step of stage 1 on one crop, its target twice as large; L1 alone. */
  public BenchTask stage1Step(int side) {
    NeuralImageField field = new NeuralImageField(nif, precision);
    field.initialize(memory, 1);
    TrainedStep step = new TrainedStep(field, memory);
    int target = 2 * side;
    PixelGrid grid = new PixelGrid(target, target);
    double forward =
        Flops.encoder(nif.encoder(), (long) side * side)
            + Flops.renderer(nif.renderer(), (long) target * target);
    return new BenchTask(
        "training step, stage 1",
        message("%d to %d pixels per side", side, target),
        Flops.renderer(nif.renderer(), 1) > 0 ? Flops.TRAINING * forward : 0,
        scope -> {
          NDArray image = noise(scope, new Shape(1, 3, side, side));
          NDArray wanted = noise(scope, new Shape(1, 3, target, target));
          step.run(
              scope,
              () -> field.render(field.encode(image), grid, grid.whole()).sub(wanted).abs().mean());
        });
  }

  private Denoiser denoiser() {
    Denoiser denoiser = sizes.build(precision);
    denoiser.initialize(memory, 1);
    denoiser.freeze();
    denoiser.keepMatricesIn(precision);
    return denoiser;
  }

  private NeuralImageField field() {
    NeuralImageField field = new NeuralImageField(nif, precision);
    field.initialize(memory, 1);
    field.freeze();
    field.renderer().keepMatricesIn(precision);
    return field;
  }

  private NDArray states(NDManager scope) {
    return noise(scope, new Shape(1, sizes.textTokens(), sizes.textWidth()));
  }

  private static NDArray noise(NDManager scope, Shape shape) {
    return RandomStream.of(1, "bench", 2).normal(scope, shape);
  }

  /** Reads a value, which a GPU gives when all is computed. */
  private static void finish(NDArray array) {
    array.sum().getFloat();
  }
}
