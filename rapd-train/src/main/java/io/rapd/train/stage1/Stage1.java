package io.rapd.train.stage1;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.Provenance;
import io.rapd.core.image.ImageTensors;
import io.rapd.core.torch.Autograd;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import io.rapd.nif.LatentStatistics;
import io.rapd.nif.NeuralImageField;
import io.rapd.nif.NifFolder;
import io.rapd.nif.encoder.EdsrEncoder;
import io.rapd.nif.teacher.SemanticTeacher;
import io.rapd.train.data.Batches;
import io.rapd.train.data.ImageTextSource;
import io.rapd.train.data.MultiResolutionCrops;
import io.rapd.train.data.TrainingSamples;
import io.rapd.train.data.UnusableSamples;
import io.rapd.train.loop.Input;
import io.rapd.train.loop.Optimizer;
import io.rapd.train.loop.Ranks;
import io.rapd.train.loop.Stage;
import io.rapd.train.loop.StageModel;
import io.rapd.train.loop.StepTimes;
import io.rapd.train.loop.Workers;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Encoder and renderer learn to reconstruct multi-resolution crops. */
final class Stage1 implements Stage<Stage1Network, MultiResolutionCrops.Batch> {
  private final Stage1Config config;
  private final Precision precision;
  private final NDManager manager;
  private final Ranks ranks;
  private final ImageTextSource source;
  private final Stage1Validation validation;
  private final Optional<SemanticTeacher> teacher;
  private final ReconstructionLoss reconstruction;
  private final Optional<DistillationTerm> distillation;

  Stage1(Stage1Config config, Precision precision, NDManager manager) {
    this(config, precision, manager, Ranks.alone());
  }

  Stage1(Stage1Config config, Precision precision, NDManager manager, Ranks ranks) {
    this.ranks = ranks;
    this.config = config;
    this.precision = precision;
    this.manager = manager;
    source = config.data().openTrain(false);
    validation = new Stage1Validation(config.validation(), config.data().openValidation(false));
    teacher = config.teacher().load(precision, manager);
    reconstruction =
        new ReconstructionLoss(
            config.lpips().load(precision, manager),
            config.lpips().weight(),
            config.microBatchPixels());
    distillation =
        teacher.map(of -> new DistillationTerm(config.distillation(), of, config.loop(), ranks));
  }

  @Override
  public String name() {
    return "stage 1";
  }

  @Override
  public int samples() {
    return source.size();
  }

  @Override
  public Map<String, Input> inputs() {
    Map<String, Input> inputs = new TreeMap<>();
    Input.ofData(config.data(), source).ifPresent(data -> inputs.put(Input.DATA, data));
    config.teacher().weights().ifPresent(path -> inputs.put(Input.TEACHER, Input.weights(path)));
    config.lpips().weights().ifPresent(path -> inputs.put(Input.LPIPS, Input.weights(path)));
    return inputs;
  }

  @Override
  public Optional<Path> init() {
    return config.initialWeights();
  }

  @Override
  public String child() {
    return Stage1Network.FIELD;
  }

  @Override
  public Stage1Network network() {
    Stage1Network network = new Stage1Network(config.nif(), teacher, precision);
    if (!config.trainEncoder()) {
      network.encoder().freeze();
    }
    return network;
  }

  @Override
  public Batches<MultiResolutionCrops.Batch> batches(
      long firstStep, Optional<String> position, UnusableSamples unusable) {
    return MultiResolutionCrops.open(
        new TrainingSamples(config.data(), source, ranks.share(), firstStep, position, unusable),
        new MultiResolutionCrops.Settings(
            config.crop(),
            config.data().resize(),
            config.loop().batchSize(),
            config.loop().seed()));
  }

  /**
   * L_stage1. The graph is cut at the latent: L_rec and L_distill are differentiated down to it
   * separately, the norms of their gradients at the encoder's last convolution give the adaptive
   * weight, and the weighted sum is propagated through the encoder once.
   */
  @Override
  public Map<String, Double> gradients(
      long step,
      MultiResolutionCrops.Batch batch,
      Workers<Stage1Network> workers,
      NDManager scope) {
    Stage1Network network = workers.network();
    EdsrEncoder encoder = network.encoder();
    NDArray inputs = ImageTensors.stack(batch.inputs(), scope); // (B, 3, R, R)
    if (!config.trainEncoder()) {
      return rendererGradients(encoder, inputs, batch, workers);
    }
    EdsrEncoder.BeforeLast before = encoder.beforeLast(inputs);
    NDArray latent = encoder.last(before); // (B, C, R, R)

    ReconstructionLoss.Value value =
        reconstruction.backward(Autograd.detach(latent), batch, workers);
    NDArray gradient = value.gradient(); // (B, C, R, R)
    double loss = value.total();
    Map<String, Double> terms = new TreeMap<>(value.terms());

    if (distillation.isPresent()) {
      DistillationTerm.Value term =
          distillation
              .get()
              .backward(step, inputs, latent, before, gradient, network, workers.times());
      gradient = gradient.add(term.gradient());
      loss += term.loss();
      terms.put("cosine", term.cosine());
      terms.put("distance", term.distance());
      terms.put("adaptiveWeight", term.adaptiveWeight());
    }
    try (StepTimes.Timing timing = workers.times().of(StepTimes.Phase.BACKWARD)) {
      Autograd.backward(latent, gradient, false);
    }

    Map<String, Double> losses = new LinkedHashMap<>();
    losses.put("loss", loss);
    losses.putAll(terms);
    return losses;
  }

  /** L_rec alone, on latents that are data. */
  private Map<String, Double> rendererGradients(
      EdsrEncoder encoder,
      NDArray inputs,
      MultiResolutionCrops.Batch batch,
      Workers<Stage1Network> workers) {
    NDArray latent;
    try (GradMode off = GradMode.disabled()) {
      latent = encoder.forward(inputs); // (B, C, R, R)
    }
    ReconstructionLoss.Value value = reconstruction.backward(latent, batch, workers);
    Map<String, Double> losses = new LinkedHashMap<>();
    losses.put("loss", value.total());
    losses.putAll(new TreeMap<>(value.terms()));
    return losses;
  }

  @Override
  public StageModel model(Stage1Network network, Optimizer optimizer, UnusableSamples unusable) {
    Map<String, NDArray> values = optimizer.averagesOf(network, Stage1Network.FIELD);
    NeuralImageField field = new NeuralImageField(config.nif(), precision);
    field.bind(values);
    return new StageModel() {
      private Optional<LatentStatistics> statistics = Optional.empty();

      @Override
      public Map<String, Double> preview(Path image) {
        return validation.measure(field, manager, image, unusable);
      }

      @Override
      public void complete() {
        statistics = Optional.of(config.statistics(field, ranks, manager, unusable));
      }

      @Override
      public void write(Path folder, long step) {
        NifFolder.write(
            folder,
            new NifFolder.Description(
                config.nif(),
                statistics.orElseThrow(),
                Provenance.of(source.description(), config.loop().seed(), step),
                config.crop().maxScale()),
            values);
      }
    };
  }
}
