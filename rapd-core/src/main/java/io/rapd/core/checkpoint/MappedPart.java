package io.rapd.core.checkpoint;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import org.jspecify.annotations.Nullable;

/**
 * A part of a mapped file that is unmapped when closed, by the thread that mapped it. Pages of a
 * mapping count as resident memory of the process; Java alone would keep them until the buffer is
 * collected, which, while a model is loaded, is after the last tensor.
 */
public final class MappedPart implements AutoCloseable {
  private static final Mapping MAPPING = Runtime.version().feature() >= 22 ? arenas() : cleaner();

  private final AutoCloseable release;
  private @Nullable MappedByteBuffer buffer;

  private MappedPart(MappedByteBuffer buffer, AutoCloseable release) {
    buffer.order(ByteOrder.LITTLE_ENDIAN);
    this.buffer = buffer;
    this.release = release;
  }

  /**
   * Maps a part for reading.
   *
   * @throws IOException where it cannot be mapped
   */
  static MappedPart of(FileChannel channel, long begin, int length) throws IOException {
    try {
      return MAPPING.map(channel, begin, length);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java cannot map files: " + e, e);
    }
  }

  /**
   * The bytes, little-endian, asked for from the disk as a whole and not page by page as they are
   * touched. Not to be used after {@link #close}.
   */
  public ByteBuffer load() {
    MappedByteBuffer open = buffer;
    if (open == null) {
      throw new IllegalStateException("the mapping is closed");
    }
    return open.load();
  }

  @Override
  public void close() {
    if (buffer != null) {
      buffer = null;
      try {
        release.close();
      } catch (Exception e) {
        throw new IllegalStateException("a mapping cannot be released: " + e, e);
      }
    }
  }

  private interface Mapping {
    MappedPart map(FileChannel channel, long begin, int length)
        throws IOException, ReflectiveOperationException;
  }

  /** By reflection, since this library is compiled for Java 17. */
  private static Mapping arenas() {
    try {
      Class<?> arenaType = Class.forName("java.lang.foreign.Arena");
      Method newArena = arenaType.getMethod("ofConfined");
      Method map =
          FileChannel.class.getMethod("map", MapMode.class, long.class, long.class, arenaType);
      Method asBuffer = map.getReturnType().getMethod("asByteBuffer");
      return (channel, begin, length) -> {
        AutoCloseable arena = (AutoCloseable) newArena.invoke(null);
        Object segment = map.invoke(channel, MapMode.READ_ONLY, begin, (long) length, arena);
        return new MappedPart((MappedByteBuffer) asBuffer.invoke(segment), arena);
      };
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Java cannot unmap files: " + e, e);
    }
  }

  /**
   * The JDK's only way to unmap before Java 22; from Java 24 on it prints a warning. Where it is
   * missing, parts are unmapped when they are collected.
   */
  private static Mapping cleaner() {
    try {
      Class<?> unsafe = Class.forName("sun.misc.Unsafe");
      Field field = unsafe.getDeclaredField("theUnsafe");
      field.setAccessible(true);
      Object instance = field.get(null);
      Method clean = unsafe.getMethod("invokeCleaner", ByteBuffer.class);
      return (channel, begin, length) -> {
        MappedByteBuffer part = channel.map(MapMode.READ_ONLY, begin, length);
        // An empty part has no mapping of its own.
        return new MappedPart(part, length == 0 ? () -> {} : () -> clean.invoke(instance, part));
      };
    } catch (ReflectiveOperationException | RuntimeException e) {
      return (channel, begin, length) ->
          new MappedPart(channel.map(MapMode.READ_ONLY, begin, length), () -> {});
    }
  }
}
