package io.rapd.dit.text;

import static io.rapd.core.config.Check.check;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.checkpoint.torch.PublishedWeights;
import io.rapd.core.nn.TensorSource;
import io.rapd.core.nn.Weights;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.NativeRuntime;
import io.rapd.core.torch.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The paper's text encoder: Qwen3 (1.7B in the paper; any dense size) from a folder in the format
 * of Hugging Face. The states are the last hidden state after the final norm. Prompts are used as
 * they are, without a chat template, and padded on the right with {@code <|endoftext|>}.
 *
 * <p>States at padded positions are computed as in the original: a padding token attends to the
 * valid tokens only. The empty prompt has no tokens, so its first padding token counts as valid,
 * which gives every query a key. The states of a batch differ from those of single prompts by
 * rounding.
 */
public final class Qwen3TextEncoder extends TokenizedTextEncoder {
  /** Prompts per run; bounds the memory of activations. */
  private static final int PROMPTS_PER_RUN = 16;

  /** The output matrix, which some folders hold although it equals the embedding. */
  private static final String HEAD = "lm_head.weight";

  /** Tensors that are not loaded with the network. */
  private static final Set<String> OTHERS = Set.of(HEAD, Qwen3Embedding.NAME);

  private static final String PREFIX = "model.";
  private static final String NORM = "norm.weight";

  private final int padId;
  private final Qwen3Embedding embedding;
  private final Qwen3Model model;
  private final NDManager weights;

  private Qwen3TextEncoder(
      int width,
      int maxTokens,
      String provenance,
      PromptTokenizer tokenizer,
      int padId,
      Qwen3Embedding embedding,
      Qwen3Model model,
      NDManager weights) {
    super(width, maxTokens, provenance, tokenizer);
    this.padId = padId;
    this.embedding = embedding;
    this.model = model;
    this.weights = weights;
  }

  /**
   * Loads a model folder. Names, types and shapes of all tensors are checked before any is read;
   * the tensors are then moved to the device one at a time, but for the embedding, of which each
   * prompt's rows are read from the file. So the file stays open until the encoder is closed.
   *
   * @param folder with {@code config.json}, {@code tokenizer.json}, {@code tokenizer_config.json}
   *     and {@code model.safetensors}, {@code pytorch_model.bin}, or the index of either's shards
   * @param maxTokens L, 1 to the config's {@code max_position_embeddings}; 128 in the paper
   * @param precision in which matrices are stored and multiplied
   * @param form which matrices are kept in int8 instead
   * @throws IllegalArgumentException naming the file and the field or tensor that is wrong
   * @throws CheckpointException if the folder or its weights are missing or damaged; for a missing
   *     folder the message says how to get the weights
   */
  public static Qwen3TextEncoder open(
      Path folder, int maxTokens, Precision precision, Weights form, Device device) {
    Qwen3Config config = readConfig(folder, maxTokens);
    byte[] json = bytes(folder.resolve("tokenizer.json"));
    Qwen3Vocabulary vocabulary =
        Qwen3Vocabulary.read(
            json, bytes(folder.resolve("tokenizer_config.json")), folder.toString());
    check(
        vocabulary.largestId() < config.vocabSize(),
        "%s/tokenizer.json: token ids reach %d, but %s has %d rows (vocab_size of config.json)",
        folder,
        vocabulary.largestId(),
        Qwen3Embedding.NAME,
        config.vocabSize());
    PublishedWeights source = PublishedWeights.open(folder);
    try {
      return load(
          folder, config, vocabulary.padId(), source, json, maxTokens, precision, form, device);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private static Qwen3TextEncoder load(
      Path folder,
      Qwen3Config config,
      int padId,
      PublishedWeights source,
      byte[] json,
      int maxTokens,
      Precision precision,
      Weights form,
      Device device) {
    String prefix = prefix(source);
    Qwen3Embedding embedding = new Qwen3Embedding(source, prefix, config);
    Qwen3Model model = new Qwen3Model(config, precision);
    model.requireFit(source, prefix, OTHERS::contains);
    // Before the weights, so that the memory of parsing does not add to theirs.
    PromptTokenizer tokenizer = PromptTokenizer.read(json, maxTokens, folder + "/tokenizer.json");
    NDManager weights = NativeRuntime.newManager(device);
    try {
      model.load(source, prefix, OTHERS::contains, precision, form, weights);
      NDArray norm = Objects.requireNonNull(model.parameters().get(NORM)).value();
      String provenance = Qwen3Provenance.of(config, norm, json, maxTokens);
      return new Qwen3TextEncoder(
          config.hiddenSize(), maxTokens, provenance, tokenizer, padId, embedding, model, weights);
    } catch (RuntimeException e) {
      tokenizer.close();
      weights.close();
      throw e;
    }
  }

  /**
   * What a model folder holds, without loading it: only the smallest of its weights is read.
   *
   * @param width of the states
   * @param provenance as {@link #provenance} once it is loaded
   */
  public record Identity(int width, String provenance) {}

  /**
   * Identifies a model folder; names, types and shapes of all its tensors are checked.
   *
   * @param maxTokens L, as in {@link #open}
   * @throws IllegalArgumentException as {@link #open}
   */
  public static Identity identify(Path folder, int maxTokens) {
    Qwen3Config config = readConfig(folder, maxTokens);
    byte[] json = bytes(folder.resolve("tokenizer.json"));
    try (PublishedWeights source = PublishedWeights.open(folder);
        NDManager scope = NativeRuntime.newManager(Device.cpu())) {
      String prefix = prefix(source);
      new Qwen3Embedding(source, prefix, config);
      new Qwen3Model(config, Precision.FLOAT32).requireFit(source, prefix, OTHERS::contains);
      NDArray norm = source.read(prefix + NORM, scope);
      return new Identity(config.hiddenSize(), Qwen3Provenance.of(config, norm, json, maxTokens));
    }
  }

  private static Qwen3Config readConfig(Path folder, int maxTokens) {
    ModelFolder.requirePublished(
        folder, "Qwen3", "Qwen/Qwen3-1.7B", "Qwen/Qwen3-0.6B", "Qwen/Qwen3-4B");
    Qwen3Config config = Qwen3Config.read(folder.resolve("config.json"));
    check(
        maxTokens >= 1 && maxTokens <= config.positions(),
        "text.maxTokens must be 1 to %d for %s, got %d",
        config.positions(),
        folder,
        maxTokens);
    return config;
  }

  /** The prefix of the names: {@code model.} in files of the whole language model. */
  private static String prefix(TensorSource source) {
    if (!source.names().contains(PREFIX + Qwen3Embedding.NAME)) {
      return "";
    }
    for (String name : source.names()) {
      check(
          name.startsWith(PREFIX) || name.equals(HEAD),
          "%s: tensor %s is not part of this model",
          source.origin(name),
          name);
    }
    return PREFIX;
  }

  @Override
  NDArray encodeTokens(List<long[]> prompts, NDManager manager) {
    int batch = prompts.size();
    int length = maxTokens();
    long[] ids = new long[Math.multiplyExact(batch, length)];
    long[] mask = new long[ids.length];
    Arrays.fill(ids, padId);
    for (int b = 0; b < batch; b++) {
      long[] tokens = prompts.get(b);
      System.arraycopy(tokens, 0, ids, b * length, tokens.length);
      int valid = Math.max(1, tokens.length);
      Arrays.fill(mask, b * length, b * length + valid, 1);
    }
    return run(ids, mask, batch, manager);
  }

  /** The states (B, L, D) of token ids (B, L), on the manager and its device. */
  private NDArray run(long[] ids, long[] mask, int batch, NDManager manager) {
    try (NDManager scope = weights.newSubManager();
        GradMode frozen = GradMode.disabled()) {
      NDList parts = new NDList();
      for (int begin = 0; begin < batch; begin += PROMPTS_PER_RUN) {
        int end = Math.min(begin + PROMPTS_PER_RUN, batch);
        Shape shape = new Shape(end - begin, maxTokens());
        int from = begin * maxTokens();
        int to = end * maxTokens();
        Qwen3Embedding.Rows tokens = embedding.of(Arrays.copyOfRange(ids, from, to), shape, scope);
        NDArray valid = scope.create(Arrays.copyOfRange(mask, from, to), shape); // (B, L)
        parts.add(model.forward(tokens.ids(), tokens.table(), valid));
      }
      NDArray states = parts.size() == 1 ? parts.get(0) : NDArrays.concat(parts);
      if (!scope.getDevice().equals(manager.getDevice())) {
        states = states.toDevice(manager.getDevice(), true);
      }
      states.attach(manager);
      return states;
    }
  }

  @Override
  void closeNetwork() {
    weights.close();
    embedding.close();
  }

  private static byte[] bytes(Path file) {
    check(Files.isRegularFile(file), "%s: no such file; the model folder must hold it", file);
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
  }
}
