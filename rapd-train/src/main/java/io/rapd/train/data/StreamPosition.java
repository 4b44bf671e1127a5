package io.rapd.train.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Positions in streamed data. */
public final class StreamPosition {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String STREAMS = "streams";

  private StreamPosition() {}

  /**
   * The position of all streams.
   *
   * @param positions {@link Batches#position} of each process; each has streams of its own
   */
  public static String merged(List<String> positions) {
    try {
      ObjectNode all = (ObjectNode) JSON.readTree(positions.get(0));
      SortedMap<Integer, JsonNode> streams = new TreeMap<>();
      for (String position : positions) {
        for (Map.Entry<String, JsonNode> of : JSON.readTree(position).path(STREAMS).properties()) {
          streams.put(Integer.valueOf(of.getKey()), of.getValue());
        }
      }
      ObjectNode merged = all.putObject(STREAMS);
      streams.forEach((number, state) -> merged.set(number.toString(), state));
      return JSON.writeValueAsString(all);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
