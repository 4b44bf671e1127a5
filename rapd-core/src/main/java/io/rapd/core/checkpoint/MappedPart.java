package io.rapd.core.checkpoint;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A part of a mapped file that is unmapped when closed. Pages of a mapping count as resident memory
 * of the process; Java alone would keep them until the buffer is collected, which, while a model is
 * loaded, is after the last tensor.
 */
final class MappedPart implements AutoCloseable {
  private static final @Nullable MethodHandle UNMAP = unmap();

  private @Nullable MappedByteBuffer buffer;

  /** Takes the mapping over; nobody else may hold the buffer or a view of it after the close. */
  MappedPart(MappedByteBuffer buffer) {
    this.buffer = buffer;
  }

  /**
   * The bytes, asked for from the disk as a whole and not page by page as they are touched. Not to
   * be used after {@link #close}.
   */
  ByteBuffer load() {
    MappedByteBuffer open = buffer;
    if (open == null) {
      throw new IllegalStateException("the mapping is closed");
    }
    return open.load();
  }

  @Override
  public void close() {
    MappedByteBuffer open = buffer;
    buffer = null;
    // An empty part has no mapping of its own.
    if (open != null && open.capacity() > 0 && UNMAP != null) {
      try {
        UNMAP.invokeExact((ByteBuffer) open);
      } catch (Throwable e) {
        throw new IllegalStateException("a mapping cannot be released: " + e, e);
      }
    }
  }

  /**
   * The JDK's only way to unmap before Java 22, in its module for such uses. Where it is gone,
   * parts are unmapped when they are collected.
   */
  private static @Nullable MethodHandle unmap() {
    try {
      Class<?> unsafe = Class.forName("sun.misc.Unsafe");
      Field instance = unsafe.getDeclaredField("theUnsafe");
      instance.setAccessible(true);
      return MethodHandles.lookup()
          .findVirtual(unsafe, "invokeCleaner", MethodType.methodType(void.class, ByteBuffer.class))
          .bindTo(instance.get(null));
    } catch (ReflectiveOperationException | RuntimeException e) {
      return null;
    }
  }
}
