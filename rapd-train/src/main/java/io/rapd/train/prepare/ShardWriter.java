package io.rapd.train.prepare;

import ai.djl.ndarray.NDManager;
import io.rapd.core.checkpoint.SafetensorsOutput;
import io.rapd.core.torch.Devices;
import io.rapd.train.command.Progress;
import io.rapd.train.data.Share;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Runs a network over texts, such as prompts or sample keys, and writes its outputs. In memory are
 * the texts of one shard, and of the others where they lie.
 *
 * @param batchSize texts per batch
 * @param shardSize texts per shard
 * @param share the texts of this process: those whose hash, modulo {@code count}, is {@code index}.
 *     So are its shards' numbers
 */
record ShardWriter(Path out, int batchSize, int shardSize, Share share) {
  /** A network that shards hold the outputs of. */
  interface Network {
    /**
     * Runs on a batch and adds its outputs to a shard.
     *
     * @param scope for arrays that are not needed after the batch
     * @param results for arrays that the shard holds
     */
    void run(List<Text> batch, NDManager scope, NDManager results, SafetensorsOutput shard);
  }

  /**
   * What a network runs on.
   *
   * @param text the prompt or key
   * @param sample its index in the set; -1 for a prompt that belongs to none
   */
  record Text(String text, int sample) {}

  /** Names the texts of a sample. */
  interface Samples {
    void texts(int sample, Consumer<String> wanted);
  }

  /**
   * Writes the outputs that no shard holds yet, in shards numbered after the existing ones.
   *
   * @param first texts that belong to no sample
   * @param count samples in the set
   */
  void store(
      String stem,
      String kind,
      List<String> first,
      int count,
      Samples samples,
      NDManager manager,
      Network network) {
    try (Progress progress = new Progress(stem + " on " + Devices.name(manager.getDevice()));
        ShardSet present = ShardSet.open(out, stem)) {
      Pending pending = new Pending(stem, kind, present, manager, network);
      first.forEach(text -> pending.want(text, -1));
      for (int sample = 0; sample < count; sample++) {
        int own = sample;
        samples.texts(sample, text -> pending.want(text, own));
        progress.at("sample", sample + 1, count);
        if (pending.texts.size() >= shardSize) {
          pending.write(shardSize);
          progress.say("sample", sample + 1, count, pending.done());
        }
      }
      pending.write(1);
      progress.say("sample", count, count, pending.done());
    }
  }

  /** The texts that wait for a shard. */
  private final class Pending {
    final Map<String, Text> texts = new LinkedHashMap<>();
    private final NameIndex written = new NameIndex();
    private final String stem;
    private final String kind;
    private final ShardSet present;
    private final NDManager manager;
    private final Network network;
    private int number;

    Pending(String stem, String kind, ShardSet present, NDManager manager, Network network) {
      this.stem = stem;
      this.kind = kind;
      this.present = present;
      this.manager = manager;
      this.network = network;
      number = present.next();
      while (number % share.count() != share.index()) {
        number++;
      }
    }

    void want(String text, int sample) {
      String name = ShardSet.name(kind, text);
      boolean own = Long.remainderUnsigned(NameIndex.hash(name), share.count()) == share.index();
      if (own && !present.holds(name) && written.shard(name) == NameIndex.ABSENT) {
        texts.putIfAbsent(name, new Text(text, sample));
      }
    }

    String done() {
      return (present.size() + written.size()) + " done";
    }

    /** Writes shards while as many texts as {@code least} wait. */
    void write(int least) {
      while (texts.size() >= least) {
        List<Text> part = List.copyOf(texts.values());
        part = part.subList(0, Math.min(shardSize, part.size()));
        try (NDManager results = manager.newSubManager()) {
          SafetensorsOutput shard = new SafetensorsOutput();
          for (List<Text> batch : batches(part)) {
            try (NDManager scope = results.newSubManager()) {
              network.run(batch, scope, results, shard);
            }
          }
          shard.writeTo(ShardSet.file(out, stem, number));
          number += share.count();
        }
        for (Text text : part) {
          String name = ShardSet.name(kind, text.text());
          texts.remove(name);
          written.put(name, number);
        }
      }
    }

    private List<List<Text>> batches(List<Text> all) {
      List<List<Text>> parts = new ArrayList<>();
      for (int first = 0; first < all.size(); first += batchSize) {
        parts.add(all.subList(first, Math.min(all.size(), first + batchSize)));
      }
      return parts;
    }
  }
}
