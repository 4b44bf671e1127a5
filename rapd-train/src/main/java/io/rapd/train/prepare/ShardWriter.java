package io.rapd.train.prepare;

import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.torch.Devices;
import io.rapd.train.command.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs a network over texts, such as prompts or sample keys, and writes its outputs.
 *
 * @param batchSize texts per batch
 * @param shardSize texts per shard
 */
record ShardWriter(Path out, int batchSize, int shardSize) {
  /** A network that shards hold the outputs of. */
  interface Network {
    /**
     * Runs on a batch and adds its outputs to a shard.
     *
     * @param scope for arrays that are not needed after the batch
     * @param results for arrays that the shard holds
     */
    void run(List<String> batch, NDManager scope, NDManager results, SafetensorsOutput shard);
  }

  /** Writes the outputs that no shard holds yet, in shards numbered after the existing ones. */
  void store(String stem, String kind, List<String> texts, NDManager manager, Network network) {
    List<String> missing = new ArrayList<>();
    int number;
    try (ShardSet present = ShardSet.open(out, stem)) {
      number = present.next();
      for (String text : texts) {
        if (!present.holds(ShardSet.name(kind, text))) {
          missing.add(text);
        }
      }
    }
    int done = texts.size() - missing.size();
    String title = stem + " on " + Devices.name(manager.getDevice());
    try (Progress progress = new Progress(title)) {
      progress.say("stored", done, texts.size(), "");
      for (List<String> part : parts(missing, shardSize)) {
        try (NDManager results = manager.newSubManager()) {
          SafetensorsOutput shard = new SafetensorsOutput();
          for (List<String> batch : parts(part, batchSize)) {
            try (NDManager scope = results.newSubManager()) {
              network.run(batch, scope, results, shard);
            }
            done += batch.size();
            progress.at("stored", done, texts.size());
          }
          shard.writeTo(ShardSet.file(out, stem, number++));
          progress.say("stored", done, texts.size(), "");
        }
      }
    }
  }

  private static List<List<String>> parts(List<String> texts, int size) {
    List<List<String>> parts = new ArrayList<>();
    for (int first = 0; first < texts.size(); first += size) {
      parts.add(texts.subList(first, Math.min(texts.size(), first + size)));
    }
    return parts;
  }
}
