package io.rapd.core.checkpoint;

import static io.rapd.core.text.Messages.message;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The JSON header of a safetensors file, parsed strictly: names are unique, fields are {@code
 * dtype}, {@code shape} and {@code data_offsets}, numbers are integers, and the tensors cover the
 * data without holes or overlap, each with as many bytes as its shape says.
 */
record SafetensorsHeader(Map<String, TensorEntry> entries, Map<String, String> metadata) {
  static final String METADATA = "__metadata__";

  /** libtorch's kernels stop at 64 axes, some at 25; real weights have at most 6. */
  static final int MAX_AXES = 25;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(8).build())
          .build();

  /**
   * @param json the header's bytes
   * @param dataBegin where in the file the data begin
   * @param fileSize bytes of the file
   */
  static SafetensorsHeader parse(Path file, byte[] json, long dataBegin, long fileSize) {
    try (JsonParser parser = JSON.createParser(json)) {
      SafetensorsHeader header = new Reader(file, dataBegin, parser).read();
      requireFullCover(file, header.entries.values(), dataBegin, fileSize);
      return header;
    } catch (JacksonException e) {
      throw new CheckpointException(
          file + ": the header is not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new CheckpointException(file + ": the header cannot be read: " + e.getMessage(), e);
    }
  }

  private static void requireFullCover(
      Path file, Iterable<TensorEntry> entries, long dataBegin, long fileSize) {
    List<TensorEntry> sorted = new ArrayList<>();
    entries.forEach(sorted::add);
    sorted.sort(
        Comparator.comparingLong(TensorEntry::begin)
            .thenComparingLong(TensorEntry::end)
            .thenComparing(TensorEntry::name));
    for (TensorEntry entry : sorted) {
      if (entry.end() > fileSize) {
        throw new CheckpointException(
            "%s ends at byte %d of the file, which has %d", entry.where(), entry.end(), fileSize);
      }
    }
    long covered = dataBegin;
    for (TensorEntry entry : sorted) {
      if (entry.begin() != covered) {
        throw new CheckpointException(
            "%s begins at byte %d of the data, expected %d (tensors must neither overlap nor leave holes)",
            entry.where(), entry.begin() - dataBegin, covered - dataBegin);
      }
      covered = entry.end();
    }
    if (covered != fileSize) {
      throw new CheckpointException(
          "%s: the tensors end at byte %d of the file, which has %d", file, covered, fileSize);
    }
  }

  /** Reads the tokens of one header. */
  private record Reader(Path file, long dataBegin, JsonParser parser) {

    SafetensorsHeader read() throws IOException {
      Map<String, TensorEntry> entries = new TreeMap<>();
      Map<String, String> metadata = new TreeMap<>();
      require(JsonToken.START_OBJECT, parser.nextToken(), "the header", "an object");
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        if (name.equals(METADATA)) {
          readMetadata(metadata);
        } else {
          entries.put(name, readEntry(name));
        }
      }
      JsonToken more = parser.nextToken();
      if (more != null) {
        throw new CheckpointException(file + ": text after the header's closing brace");
      }
      return new SafetensorsHeader(
          Collections.unmodifiableMap(entries), Collections.unmodifiableMap(metadata));
    }

    private void readMetadata(Map<String, String> metadata) throws IOException {
      require(JsonToken.START_OBJECT, parser.nextToken(), METADATA, "an object");
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String key = parser.currentName();
        require(
            JsonToken.VALUE_STRING, parser.nextToken(), METADATA + " \"" + key + "\"", "a string");
        metadata.put(key, parser.getText());
      }
    }

    private TensorEntry readEntry(String name) throws IOException {
      String where = "tensor \"" + name + "\"";
      require(JsonToken.START_OBJECT, parser.nextToken(), where, "an object");
      Map<String, long[]> numbers = new LinkedHashMap<>();
      String dtype = null;
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String field = parser.currentName();
        switch (field) {
          case "dtype" -> dtype = readType(where);
          case "shape", "data_offsets" -> numbers.put(field, readIntegers(where + " " + field));
          default ->
              throw new CheckpointException(
                  "%s: %s has an unknown field \"%s\"; expected dtype, shape, data_offsets",
                  file, where, field);
        }
      }
      long[] shape = numbers.get("shape");
      long[] offsets = numbers.get("data_offsets");
      if (dtype == null || shape == null || offsets == null) {
        String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
        throw new CheckpointException("%s: %s has no field \"%s\"", file, where, missing);
      }
      return validated(name, dtype, shape, offsets);
    }

    private String readType(String where) throws IOException {
      require(JsonToken.VALUE_STRING, parser.nextToken(), where + " dtype", "a string");
      return parser.getText();
    }

    private long[] readIntegers(String where) throws IOException {
      require(JsonToken.START_ARRAY, parser.nextToken(), where, "a list of integers");
      List<Long> values = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        require(JsonToken.VALUE_NUMBER_INT, parser.currentToken(), where, "a list of integers");
        boolean fits = parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
        if (!fits || parser.getLongValue() < 0) {
          throw new CheckpointException(
              "%s: %s holds %s, expected 0 to 2^63-1", file, where, parser.getText());
        }
        values.add(parser.getLongValue());
        if (values.size() > MAX_AXES) {
          throw new CheckpointException("%s: %s has more than %d numbers", file, where, MAX_AXES);
        }
      }
      return values.stream().mapToLong(Long::longValue).toArray();
    }

    private TensorEntry validated(String name, String dtype, long[] sizes, long[] offsets) {
      TensorType type = TensorType.ofName(dtype);
      String where = file + ": tensor \"" + name + "\"";
      if (offsets.length != 2 || offsets[0] > offsets[1]) {
        throw new CheckpointException(
            "%s has data_offsets %s, expected [begin, end] with begin <= end",
            where, Arrays.toString(offsets));
      }
      Shape shape = new Shape(sizes);
      try {
        // Strides are products of sizes of at least one, so an empty tensor can overflow as well.
        long elements = 1;
        long strides = type.bytes();
        for (long size : sizes) {
          elements = Math.multiplyExact(elements, size);
          strides = Math.multiplyExact(strides, Math.max(size, 1));
        }
        long bytes = elements * type.bytes();
        if (type != TensorType.OTHER && bytes != offsets[1] - offsets[0]) {
          throw new CheckpointException(
              "%s of shape %s and dtype %s takes %d bytes, but its data_offsets [%d, %d] span %d",
              where, shape, type, bytes, offsets[0], offsets[1], offsets[1] - offsets[0]);
        }
        long begin = Math.addExact(dataBegin, offsets[0]);
        long end = Math.addExact(dataBegin, offsets[1]);
        return new TensorEntry(name, type, dtype, shape, begin, end, file);
      } catch (ArithmeticException e) {
        throw new CheckpointException(
            message("%s of shape %s and dtype %s takes more than 2^63 bytes", where, shape, type),
            e);
      }
    }

    private void require(JsonToken expected, @Nullable JsonToken found, String where, String what) {
      if (found != expected) {
        throw new CheckpointException(
            "%s: %s must be %s, found %s", file, where, what, found == null ? "the end" : found);
      }
    }
  }
}
