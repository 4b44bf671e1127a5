package io.rapd.train.stage1;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.Provenance;
import io.rapd.core.metric.Lpips;
import io.rapd.core.torch.Devices;
import io.rapd.core.torch.Precision;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifFolder;
import io.rapd.nif.teacher.SemanticTeacher;
import io.rapd.train.data.BatchLoader;
import io.rapd.train.data.ImageCache;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.MultiResolutionCrops;
import io.rapd.train.loop.GradientExchange;
import io.rapd.train.loop.Optimizer;
import io.rapd.train.loop.TrainingLoop;
import io.rapd.train.loop.TrainingRun;
import io.rapd.train.loop.Workers;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A run of stage 1, from a configuration to a model folder. */
public final class Stage1Training {
  private final Stage1Config config;
  private final Device device;
  private final Precision precision;
  private final GradientExchange exchange;

  /** Training of that configuration. */
  public Stage1Training(Stage1Config config, Device device, Precision precision) {
    this(config, device, precision, GradientExchange.identity());
  }

  /** Training whose gradients pass an exchange. */
  Stage1Training(
      Stage1Config config, Device device, Precision precision, GradientExchange exchange) {
    this.config = config;
    this.device = device;
    this.precision = precision;
    this.exchange = exchange;
  }

  /**
   * Trains, or goes on, and writes the model.
   *
   * @param out the run's folder
   * @param resume whether to go on from its newest checkpoint
   * @return the model, {@code out/model}: a {@link NifFolder}
   * @throws IllegalArgumentException naming the file or field that does not fit
   * @throws IllegalStateException where a loss is not finite
   */
  public Path run(Path out, boolean resume) {
    ImageTextSource source = config.data().openTrain(false);
    Stage1Validation validation =
        new Stage1Validation(config.validation(), config.data().openValidation(false));
    try (NDManager manager = NDManager.newBaseManager(device, "PyTorch")) {
      Optional<SemanticTeacher> teacher = config.teacher().load(precision, manager);
      Optional<Lpips> lpips = config.lpips().load(precision, manager);
      Stage1Network network = new Stage1Network(config.nif(), width(teacher), precision);
      TrainingRun run = TrainingRun.open(out, config, resume);
      Optimizer optimizer =
          run.restoreOrInitialize(network, config.optimizer(), config.loop().seed(), manager);
      NeuralImageField averaged = new NeuralImageField(config.nif(), precision);
      Map<String, NDArray> values = optimizer.averagesOf(network, Stage1Network.FIELD);
      averaged.bind(values);
      long step =
          train(run, source, network, teacher, lpips, optimizer, validation, averaged, manager);
      LatentStatistics statistics =
          LatentSurvey.of(
              averaged,
              source,
              config.crop().encoderSize(),
              config.statisticsImages(),
              config.loop().seed(),
              manager);
      Path model = out.resolve("model");
      NifFolder.write(
          model,
          new NifFolder.Description(
              config.nif(),
              statistics,
              Provenance.of(source.description(), config.loop().seed(), step)),
          values);
      return model;
    }
  }

  private static OptionalInt width(Optional<SemanticTeacher> teacher) {
    return teacher.isPresent() ? OptionalInt.of(teacher.get().width()) : OptionalInt.empty();
  }

  private long train(
      TrainingRun run,
      ImageTextSource source,
      Stage1Network network,
      Optional<SemanticTeacher> teacher,
      Optional<Lpips> lpips,
      Optimizer optimizer,
      Stage1Validation validation,
      NeuralImageField averaged,
      NDManager manager) {
    MultiResolutionCrops crops =
        new MultiResolutionCrops(
            source,
            new ImageCache(source, ImageCache.heapShare()),
            config.crop(),
            config.loop().batchSize(),
            config.loop().seed());
    TrainingLoop loop =
        new TrainingLoop(
            "stage 1 on %s, %s".formatted(Devices.name(device), precision.on(device)),
            config.loop(),
            run,
            network,
            optimizer,
            exchange);
    OptionalInt width = width(teacher);
    try (BatchLoader<MultiResolutionCrops.Batch> batches =
            new BatchLoader<>(crops::batch, run.step() + 1, BatchLoader.defaultThreads());
        Workers<Stage1Network> workers =
            new Workers<>(
                network,
                config.loop().workers(),
                device,
                () -> new Stage1Network(config.nif(), width, precision))) {
      ReconstructionLoss reconstruction =
          new ReconstructionLoss(workers, lpips, config.lpips().weight(), config.pixelsPerPass());
      Stage1Objective objective =
          new Stage1Objective(
              network.field().encoder(), reconstruction, distillation(network, teacher), batches);
      return loop.run(
          objective,
          step ->
              validation.measure(
                  averaged, manager, run.previews().resolve("step-%08d.png".formatted(step))),
          manager);
    }
  }

  private Optional<DistillationTerm> distillation(
      Stage1Network network, Optional<SemanticTeacher> teacher) {
    return teacher.isPresent() && network.head().isPresent()
        ? Optional.of(
            new DistillationTerm(
                config.distillation(),
                teacher.get(),
                network.head().get(),
                network.field().encoder(),
                config.loop().seed()))
        : Optional.empty();
  }
}
