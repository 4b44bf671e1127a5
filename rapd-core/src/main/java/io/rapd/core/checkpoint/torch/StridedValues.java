package io.rapd.core.checkpoint.torch;

import io.rapd.core.checkpoint.MappedFile;
import io.rapd.core.checkpoint.MappedPart;
import io.rapd.core.checkpoint.StoredValues;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The elements of a tensor that is a strided view, gathered in row-major order. */
final class StridedValues implements StoredValues {
  /** Elements in one mapping: a view may span more than one buffer can. */
  private static final int MAPPED = 1 << 26;

  private final MappedFile file;
  private final long begin;
  private final TensorView view;
  private final int width;
  private final long[] sizes;
  private final long[] strides;

  /**
   * The elements of a view.
   *
   * @param begin the first byte in the file that the view reaches
   */
  StridedValues(MappedFile file, long begin, TensorView view) {
    this.file = file;
    this.begin = begin;
    this.view = view;
    this.width = view.tensor().type().bytes();
    this.sizes = view.tensor().sizes();
    this.strides = view.tensor().strides();
  }

  @Override
  public void read(long first, int count, Consumer<ByteBuffer> use) {
    List<MappedPart> parts = new ArrayList<>();
    try {
      List<ByteBuffer> mapped = new ArrayList<>();
      for (long from = 0; from < view.span(); from += MAPPED) {
        int elements = (int) Math.min(MAPPED, view.span() - from);
        MappedPart part = file.part(begin + from * width, elements * width);
        parts.add(part);
        mapped.add(part.load());
      }
      use.accept(gather(first, count, mapped));
    } finally {
      parts.forEach(MappedPart::close);
    }
  }

  private ByteBuffer gather(long first, int count, List<ByteBuffer> mapped) {
    ByteBuffer gathered =
        ByteBuffer.allocateDirect(Math.multiplyExact(count, width)).order(ByteOrder.LITTLE_ENDIAN);
    int axes = sizes.length;
    long[] index = new long[axes];
    long rest = first;
    long at = 0;
    for (int axis = axes - 1; axis >= 0; axis--) {
      index[axis] = rest % sizes[axis];
      rest /= sizes[axis];
      at += index[axis] * strides[axis];
    }
    for (int i = 0; i < count; i++) {
      copy(mapped.get((int) (at / MAPPED)), (int) (at % MAPPED) * width, gathered);
      for (int axis = axes - 1; axis >= 0; axis--) {
        at += strides[axis];
        if (++index[axis] < sizes[axis]) {
          break;
        }
        at -= sizes[axis] * strides[axis];
        index[axis] = 0;
      }
    }
    return gathered.flip();
  }

  private void copy(ByteBuffer source, int from, ByteBuffer target) {
    switch (width) {
      case 1 -> target.put(source.get(from));
      case 2 -> target.putShort(source.getShort(from));
      case 4 -> target.putInt(source.getInt(from));
      default -> target.putLong(source.getLong(from));
    }
  }
}
