package io.rapd.train.data;

import java.util.List;
import java.util.function.Consumer;

/**
 * A source whose images are seen as they are read.
 *
 * @param watcher of each sample read, on the thread that reads it
 */
public record WatchedSource(ImageTextSource source, Consumer<Sample> watcher)
    implements ImageTextSource {
  @Override
  public int size() {
    return source.size();
  }

  @Override
  public String key(int index) {
    return source.key(index);
  }

  @Override
  public List<String> captions(int index) {
    return source.captions(index);
  }

  @Override
  public Sample read(int index) {
    Sample sample = source.read(index);
    watcher.accept(sample);
    return sample;
  }

  @Override
  public String description() {
    return source.description();
  }
}
