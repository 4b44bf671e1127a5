package io.rapd.train.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/**
 * The end of another channel, from an offset on. Closing it leaves the other open. Reads blocks.
 */
final class TarSlice implements SeekableByteChannel {
  /** Headers of small files lie close together: one read serves several. */
  private static final int WINDOW = 8192;

  private final SeekableByteChannel whole;
  private final long offset;
  private final ByteBuffer window = ByteBuffer.allocate(WINDOW).limit(0);
  private long start;
  private long position;
  private boolean open = true;

  TarSlice(SeekableByteChannel whole, long offset) {
    this.whole = whole;
    this.offset = offset;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (position < start || position >= start + window.limit()) {
      window.clear();
      whole.position(offset + position);
      while (window.hasRemaining() && whole.read(window) >= 0) {}
      window.flip();
      start = position;
      if (!window.hasRemaining()) {
        return -1;
      }
    }
    window.position((int) (position - start));
    int count = Math.min(target.remaining(), window.remaining());
    target.put(window.slice().limit(count));
    position += count;
    return count;
  }

  @Override
  public int write(ByteBuffer buffer) {
    throw new NonWritableChannelException();
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public SeekableByteChannel position(long to) {
    position = to;
    return this;
  }

  @Override
  public long size() throws IOException {
    return whole.size() - offset;
  }

  @Override
  public SeekableByteChannel truncate(long size) {
    throw new NonWritableChannelException();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() {
    open = false;
  }
}
