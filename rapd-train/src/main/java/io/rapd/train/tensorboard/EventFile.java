package io.rapd.train.tensorboard;

import static io.rapd.core.text.Messages.message;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * An event file of TensorBoard, {@code events.out.tfevents.SECONDS.STEP.N}: TFRecords of {@code
 * Event} messages. Each process of a run writes one of its own; TensorBoard reads them in order of
 * their names. Not thread-safe.
 */
public final class EventFile implements AutoCloseable {
  private static final int MASK_DELTA = 0xa282ead8;

  private final Path path;
  private final FileChannel channel;
  private final Clock clock;

  private EventFile(Path path, FileChannel channel, Clock clock) {
    this.path = path;
    this.channel = channel;
    this.clock = clock;
  }

  /**
   * Begins a file.
   *
   * @param folder created where it is missing
   * @param step the run's last step so far; 0 at its start. Events that earlier files have of later
   *     steps are dropped by readers
   * @throws UncheckedIOException where the file cannot be written
   */
  public static EventFile create(Path folder, long step) {
    return create(folder, step, Clock.systemUTC());
  }

  static EventFile create(Path folder, long step, Clock clock) {
    try {
      Files.createDirectories(folder);
      int n = 0;
      while (true) {
        String name =
            message("events.out.tfevents.%010d.%09d.%03d", clock.millis() / 1000, step, n);
        Path path = folder.resolve(name);
        try {
          FileChannel channel =
              FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
          EventFile file = new EventFile(path, channel, clock);
          file.write(Events.version(file.time()));
          if (step > 0) {
            file.write(Events.restart(file.time(), step + 1));
          }
          return file;
        } catch (FileAlreadyExistsException e) {
          n++; // by a process of the same second
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(folder + ": cannot be written: " + e, e);
    }
  }

  /** Adds numbers, stored as float32. */
  public void scalars(long step, Map<String, Double> values) {
    write(Events.scalars(time(), step, values));
  }

  /** Adds a PNG file's image. */
  public void image(long step, String name, byte[] png) {
    write(Events.image(time(), step, name, png));
  }

  /** Adds a text, shown as Markdown. */
  public void text(long step, String name, String text) {
    write(Events.text(time(), step, name, text));
  }

  private double time() {
    return clock.millis() / 1e3;
  }

  /** A TFRecord: length, its checksum, the message, its checksum. */
  private void write(ProtoMessage event) {
    byte[] data = event.toBytes();
    ByteBuffer record = ByteBuffer.allocate(data.length + 16).order(ByteOrder.LITTLE_ENDIAN);
    record.putLong(data.length);
    record.putInt(masked(record.array(), Long.BYTES));
    record.put(data).putInt(masked(data, data.length)).flip();
    try {
      while (record.hasRemaining()) {
        channel.write(record);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": cannot be written: " + e.getMessage(), e);
    }
  }

  /** CRC-32C, rotated right by 15 bits and shifted by a constant. */
  static int masked(byte[] data, int length) {
    CRC32C checksum = new CRC32C();
    checksum.update(data, 0, length);
    return Integer.rotateRight((int) checksum.getValue(), 15) + MASK_DELTA;
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(path + ": cannot be closed: " + e.getMessage(), e);
    }
  }
}
