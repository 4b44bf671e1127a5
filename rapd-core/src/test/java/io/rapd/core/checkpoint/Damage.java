package io.rapd.core.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Ways in which a safetensors file lies; for the tests of everything that loads one. */
public enum Damage {
  OVERLAP(true, "tensors must neither overlap nor leave holes") {
    @Override
    void damage(ObjectNode tensor) {
      shift(tensor, -4);
    }
  },
  OUT_OF_RANGE(true, "of the file, which has") {
    @Override
    void damage(ObjectNode tensor) {
      shift(tensor, 1L << 40);
    }
  },
  OFFSETS_OF_ANOTHER_SHAPE(true, "data_offsets") {
    @Override
    void damage(ObjectNode tensor) {
      ((ArrayNode) tensor.get("shape")).add(2);
    }
  },
  UNKNOWN_TYPE(true, "got F8_E4M3") {
    @Override
    void damage(ObjectNode tensor) {
      tensor.put("dtype", "F8_E4M3");
    }
  },
  HUGE_HEADER(false, "the header is said to have 1152921504606846976 bytes") {
    @Override
    byte[] damage(byte[] file, String tensor) {
      ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(1L << 60);
      return file;
    }
  },
  CUT_SHORT(false, "of the file, which has") {
    @Override
    byte[] damage(byte[] file, String tensor) {
      return Arrays.copyOf(file, file.length - 1);
    }
  };

  private final boolean namesTensor;
  private final String message;

  Damage(boolean namesTensor, String message) {
    this.namesTensor = namesTensor;
    this.message = message;
  }

  /** Whether the refusal names the damaged tensor. */
  public boolean namesTensor() {
    return namesTensor;
  }

  /** A part of the refusal. */
  public String message() {
    return message;
  }

  /** Damages a good file; the tensor must not be the first in it. */
  public void apply(Path file, String tensor) {
    try {
      Files.write(file, damage(Files.readAllBytes(file), tensor));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  byte[] damage(byte[] file, String tensor) throws IOException {
    int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    ObjectNode header = (ObjectNode) new ObjectMapper().readTree(file, 8, length);
    damage((ObjectNode) header.get(tensor));
    return RawSafetensors.bytes(
        header.toString(), Arrays.copyOfRange(file, 8 + length, file.length));
  }

  void damage(ObjectNode tensor) {
    throw new UnsupportedOperationException(name());
  }

  private static void shift(ObjectNode tensor, long by) {
    ArrayNode offsets = (ArrayNode) tensor.get("data_offsets");
    tensor
        .putArray("data_offsets")
        .add(offsets.get(0).asLong() + by)
        .add(offsets.get(1).asLong() + by);
  }
}
