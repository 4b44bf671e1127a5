package io.rapd.dit.text;

import static io.rapd.core.config.Check.check;
import static io.rapd.core.text.Messages.message;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.rapd.core.checkpoint.CheckpointException;
import io.rapd.core.checkpoint.ModelFolder;
import io.rapd.core.torch.GradMode;
import io.rapd.core.torch.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The paper's text encoder: Qwen3 (1.7B there; every dense size) from a folder as Hugging Face
 * publishes it, last hidden state after the final norm, prompts as they are (no chat template),
 * padded on the right with {@code <|endoftext|>}.
 *
 * <p>States at padded positions are the network's own: a padded token sees the valid tokens and
 * nothing else of the padding, as in the original. The empty prompt has no token; its first padding
 * token counts as valid, so that every query sees a key. A batch differs from single prompts by
 * rounding.
 */
public final class Qwen3TextEncoder implements TextEncoder {
  /** Prompts that run at once; bounds the memory of activations. */
  private static final int PROMPTS_PER_RUN = 16;

  /** The output matrix: some folders hold it although it is the embedding again. */
  private static final String HEAD = "lm_head.weight";

  private static final String EMBEDDING = "embed_tokens.weight";
  private static final String PREFIX = "model.";

  private final Qwen3Config config;
  private final Qwen3Vocabulary vocabulary;
  private final int maxTokens;
  private final PromptTokenizer tokenizer;
  private final Qwen3Model model;
  private final NDManager weights;
  private final String provenance;
  private boolean closed;

  private Qwen3TextEncoder(
      Qwen3Config config,
      Qwen3Vocabulary vocabulary,
      int maxTokens,
      PromptTokenizer tokenizer,
      Qwen3Model model,
      NDManager weights,
      String provenance) {
    this.config = config;
    this.vocabulary = vocabulary;
    this.maxTokens = maxTokens;
    this.tokenizer = tokenizer;
    this.model = model;
    this.weights = weights;
    this.provenance = provenance;
  }

  /**
   * Loads a model folder. Names, types and shapes of all tensors are checked before any is read;
   * then they go to the device one at a time.
   *
   * @param folder holds {@code config.json}, {@code tokenizer.json}, {@code tokenizer_config.json}
   *     and {@code model.safetensors} or {@code model.safetensors.index.json} with its shards
   * @param maxTokens L, 1 to the config's {@code max_position_embeddings}; 128 in the paper
   * @param precision in which matrices are kept and multiplied; bfloat16 weights stay bfloat16
   * @throws IllegalArgumentException naming the file and the field or tensor that does not fit
   * @throws CheckpointException where the folder or its weights are missing or damaged; for a
   *     missing folder the message says how to get the weights
   */
  public static Qwen3TextEncoder open(
      Path folder, int maxTokens, Precision precision, Device device) {
    ModelFolder.requirePublished(
        folder, "Qwen3", "Qwen/Qwen3-1.7B", "Qwen/Qwen3-0.6B", "Qwen/Qwen3-4B");
    Qwen3Config config = Qwen3Config.read(folder.resolve("config.json"));
    check(
        maxTokens >= 1 && maxTokens <= config.positions(),
        "text.maxTokens must be 1 to %d for %s, got %d",
        config.positions(),
        folder,
        maxTokens);
    byte[] json = bytes(folder.resolve("tokenizer.json"));
    Qwen3Vocabulary vocabulary =
        Qwen3Vocabulary.read(
            json, bytes(folder.resolve("tokenizer_config.json")), folder.toString());
    check(
        vocabulary.largestId() < config.vocabSize(),
        "%s/tokenizer.json: token ids reach %d, but %s has %d rows (vocab_size of config.json)",
        folder,
        vocabulary.largestId(),
        EMBEDDING,
        config.vocabSize());
    try (ModelFolder source = ModelFolder.open(folder)) {
      return load(config, vocabulary, source, json, maxTokens, precision, device);
    }
  }

  private static Qwen3TextEncoder load(
      Qwen3Config config,
      Qwen3Vocabulary vocabulary,
      ModelFolder source,
      byte[] json,
      int maxTokens,
      Precision precision,
      Device device) {
    String prefix = prefix(source);
    Qwen3Model model = new Qwen3Model(config, precision);
    model.requireFit(source, prefix, HEAD::equals);
    // Before the weights: what reading it takes for a while does not add to theirs then.
    PromptTokenizer tokenizer =
        PromptTokenizer.read(json, maxTokens, source.path() + "/tokenizer.json");
    NDManager weights = NDManager.newBaseManager(device, "PyTorch");
    try {
      model.load(source, prefix, HEAD::equals, precision, weights);
      String provenance =
          message(
              "Qwen3 width %d, %d layers, norm.weight sha256 %s, tokenizer sha256 %s, %d tokens",
              config.hiddenSize(), config.layers(), fingerprint(model), Sha256.of(json), maxTokens);
      return new Qwen3TextEncoder(
          config, vocabulary, maxTokens, tokenizer, model, weights, provenance);
    } catch (RuntimeException e) {
      tokenizer.close();
      weights.close();
      throw e;
    }
  }

  /** Whether names begin with {@code model.}: they do in a file of the whole language model. */
  private static String prefix(ModelFolder source) {
    if (!source.names().contains(PREFIX + EMBEDDING)) {
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

  /** The last norm is a small tensor that training moved: it tells two sets of weights apart. */
  private static String fingerprint(Qwen3Model model) {
    NDArray norm = model.values().get("norm.weight");
    if (norm == null) {
      throw new IllegalStateException("Qwen3Model declares norm.weight");
    }
    float[] values = norm.toFloatArray();
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES);
    bytes.asFloatBuffer().put(values);
    return Sha256.of(bytes.array());
  }

  @Override
  public int width() {
    return config.hiddenSize();
  }

  @Override
  public int maxTokens() {
    return maxTokens;
  }

  @Override
  public String provenance() {
    return provenance;
  }

  // One call at a time: more would only share the same cores, and close() must not interrupt one.
  @Override
  public synchronized NDArray encode(List<String> prompts, NDManager manager) {
    if (closed) {
      throw new IllegalStateException("the text encoder is closed");
    }
    Prompts.check(prompts);
    int batch = prompts.size();
    long[] ids = new long[Math.multiplyExact(batch, maxTokens)];
    long[] mask = new long[ids.length];
    Arrays.fill(ids, vocabulary.padId());
    for (int b = 0; b < batch; b++) {
      long[] tokens = tokenizer.encode(prompts.get(b));
      System.arraycopy(tokens, 0, ids, b * maxTokens, tokens.length);
      int valid = Math.max(1, tokens.length);
      Arrays.fill(mask, b * maxTokens, b * maxTokens + valid, 1);
    }
    return run(ids, mask, batch, manager);
  }

  @Override
  public synchronized TokenCount count(String prompt) {
    return tokenizer.count(prompt);
  }

  /** The states (B, L, D) of token ids (B, L), owned by {@code manager} on its device. */
  private NDArray run(long[] ids, long[] mask, int batch, NDManager manager) {
    try (NDManager scope = weights.newSubManager();
        GradMode frozen = GradMode.disabled()) {
      NDList parts = new NDList();
      for (int begin = 0; begin < batch; begin += PROMPTS_PER_RUN) {
        int end = Math.min(begin + PROMPTS_PER_RUN, batch);
        Shape shape = new Shape(end - begin, maxTokens);
        int from = begin * maxTokens;
        int to = end * maxTokens;
        parts.add(
            model.forward(
                scope.create(Arrays.copyOfRange(ids, from, to), shape),
                scope.create(Arrays.copyOfRange(mask, from, to), shape)));
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
  public synchronized void close() {
    if (!closed) {
      closed = true;
      tokenizer.close();
      weights.close();
    }
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
