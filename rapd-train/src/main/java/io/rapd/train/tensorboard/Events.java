package io.rapd.train.tensorboard;

import java.nio.ByteBuffer;
import java.util.Map;

/**
 * The messages of an event file, by the field numbers of TensorFlow's {@code event.proto}, {@code
 * summary.proto} and {@code tensor.proto}.
 */
final class Events {
  private static final int WALL_TIME = 1;
  private static final int STEP = 2;
  private static final int FILE_VERSION = 3;
  private static final int SUMMARY = 5;
  private static final int SESSION_LOG = 7;
  private static final int VALUE = 1;
  private static final int TAG = 1;
  private static final int SIMPLE_VALUE = 2;
  private static final int IMAGE = 4;
  private static final int TENSOR = 8;
  private static final int METADATA = 9;
  private static final int DT_STRING = 7;
  private static final int RGB = 3;

  /** Of width and height in a PNG file. */
  private static final int PNG_WIDTH = 16;

  private Events() {}

  /** The first record of every file. */
  static ProtoMessage version(double time) {
    return new ProtoMessage().float64(WALL_TIME, time).text(FILE_VERSION, "brain.Event:2");
  }

  /** A run goes on: readers drop what they have of this step and later ones. */
  static ProtoMessage restart(double time, long firstStep) {
    ProtoMessage start = new ProtoMessage().integer(1, 1);
    return event(time, firstStep).message(SESSION_LOG, start);
  }

  static ProtoMessage scalars(double time, long step, Map<String, Double> values) {
    ProtoMessage summary = new ProtoMessage();
    values.forEach(
        (name, value) ->
            summary.message(
                VALUE,
                new ProtoMessage().text(TAG, name).float32(SIMPLE_VALUE, value.floatValue())));
    return event(time, step).message(SUMMARY, summary);
  }

  static ProtoMessage image(double time, long step, String name, byte[] png) {
    ByteBuffer header = ByteBuffer.wrap(png);
    ProtoMessage image =
        new ProtoMessage()
            .integer(1, header.getInt(PNG_WIDTH + Integer.BYTES))
            .integer(2, header.getInt(PNG_WIDTH))
            .integer(3, RGB)
            .bytes(4, png);
    return summary(time, step, new ProtoMessage().text(TAG, name).message(IMAGE, image));
  }

  static ProtoMessage text(double time, long step, String name, String text) {
    ProtoMessage plugin = new ProtoMessage().text(1, "text");
    ProtoMessage shape = new ProtoMessage().message(2, new ProtoMessage().integer(1, 1));
    ProtoMessage tensor = new ProtoMessage().integer(1, DT_STRING).message(2, shape).text(8, text);
    return summary(
        time,
        step,
        new ProtoMessage()
            .text(TAG, name)
            .message(TENSOR, tensor)
            .message(METADATA, new ProtoMessage().message(1, plugin)));
  }

  private static ProtoMessage summary(double time, long step, ProtoMessage value) {
    return event(time, step).message(SUMMARY, new ProtoMessage().message(VALUE, value));
  }

  private static ProtoMessage event(double time, long step) {
    return new ProtoMessage().float64(WALL_TIME, time).integer(STEP, step);
  }
}
