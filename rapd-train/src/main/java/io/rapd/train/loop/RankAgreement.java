package io.rapd.train.loop;

import static io.rapd.core.text.Messages.message;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.rapd.core.config.ConfigFile;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** What must be the same on all ranks, compared before they train. */
record RankAgreement(Ranks ranks) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Compares configurations and versions of the program.
   *
   * @throws IllegalArgumentException on all ranks, naming the rank and the field that differ, or
   *     where there are more ranks than samples in a batch
   */
  void require(StageConfig config) {
    if (ranks.count() == 1) {
      return;
    }
    require("the version", version());
    List<String> all = ranks.gather(ConfigFile.write(config));
    for (int rank = 1; rank < all.size(); rank++) {
      Optional<String> field = difference("", tree(all.get(0)), tree(all.get(rank)));
      if (field.isPresent()) {
        throw differs(
            message("the configuration of rank %d is not rank 0's: %s", rank, field.get()));
      }
    }
    int batchSize = config.loop().batchSize();
    if (ranks.count() > batchSize) {
      throw differs(
          message(
              "loop.batchSize (%d) must be at least the number of ranks, %d",
              batchSize, ranks.count()));
    }
    int streams = config.data().stream().streams();
    if (streams % ranks.count() != 0) {
      throw differs(
          message(
              "data.stream.streams (%d) must be a multiple of the number of ranks, %d",
              streams, ranks.count()));
    }
  }

  /** Compares what must not change while a run is interrupted. */
  void require(Map<String, Input> inputs) {
    inputs.keySet().stream()
        .sorted()
        .forEach(
            name -> require("the " + name, Objects.requireNonNull(inputs.get(name)).identity()));
  }

  /** Compares one value. */
  void require(String what, String own) {
    List<String> all = ranks.gather(own);
    for (int rank = 1; rank < all.size(); rank++) {
      if (!all.get(rank).equals(all.get(0))) {
        throw differs(
            message(
                "%s of rank %d is not rank 0's: %s there and %s here",
                what, rank, all.get(rank), all.get(0)));
      }
    }
  }

  private IllegalArgumentException differs(String text) {
    return ranks.agreed(new IllegalArgumentException(text));
  }

  private static String version() {
    return Objects.requireNonNullElse(
        RankAgreement.class.getPackage().getImplementationVersion(), "development");
  }

  private static JsonNode tree(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Optional<String> difference(String path, JsonNode first, JsonNode other) {
    if (first.equals(other)) {
      return Optional.empty();
    }
    if (!first.isObject() || !other.isObject()) {
      return Optional.of(path + " is " + other + " there and " + first + " here");
    }
    return first.properties().stream()
        .map(
            field ->
                difference(
                    path.isEmpty() ? field.getKey() : path + "." + field.getKey(),
                    field.getValue(),
                    other.path(field.getKey())))
        .flatMap(Optional::stream)
        .findFirst();
  }
}
